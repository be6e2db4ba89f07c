/* FNV-1a over the bits of numbers, byte by byte from the lowest, so that programs can compare what they found. */
#ifndef FNV_H
#define FNV_H

#include <stdint.h>
#include <string.h>

static inline uint64_t fnv(const double *numbers, int64_t n) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        for (int byte = 0; byte < 8; byte++) {
            hash = (hash ^ (bits >> 8 * byte & 0xff)) * 0x100000001b3u;
        }
    }
    return hash;
}

#endif
