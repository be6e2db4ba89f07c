//! The checksum of ISO 3309 and IEEE 802.3, as in gzip and PNG.

/// Remainders of the 16 values of four bits, for the reflected polynomial `0xedb88320`.
const REMAINDERS: [u32; 16] = {
    let mut table = [0; 16];
    let mut value = 0;
    while value < 16 {
        let (mut remainder, mut bit) = (value as u32, 0);
        while bit < 4 {
            remainder = if remainder & 1 == 1 { (remainder >> 1) ^ 0xedb8_8320 } else { remainder >> 1 };
            bit += 1;
        }
        table[value] = remainder;
        value += 1;
    }
    table
};

/// The CRC-32 of `bytes`. It changes with any error of up to 32 bits in a row, any one, two or three bits of a message
/// shorter than 11 KB among them.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut remainder = !0u32;
    for &byte in bytes {
        remainder ^= u32::from(byte);
        for _ in 0..2 {
            remainder = REMAINDERS[(remainder & 15) as usize] ^ (remainder >> 4);
        }
    }
    !remainder
}
