//! What all registers have in common: the traits of the kernel in terms of one intrinsic, or one small function
//! of intrinsics, for each operation.

/// A newtype over a register of `$n` numbers that implements [`Real`](nets_kernel::real::Real).
///
/// The functions named are called only as the module's documentation describes: they may need any of
/// `$features`, and no other precondition than valid pointers for `load` and `store`.
macro_rules! real_register {
    (
        $(#[$doc:meta])*
        $name:ident([$scalar:ident; $n:literal] as $register:ty, words: $word:ty, features: $features:literal) {
            splat: $splat:path,
            load: $load:path,
            store: $store:path,
            add: $add:path,
            sub: $sub:path,
            mul: $mul:path,
            div: $div:path,
            neg: $neg:path,
            mul_add: $mul_add:path,
            sqrt: $sqrt:path,
            max: $max:path,
            min: $min:path,
            clamp_magnitude: $clamp_magnitude:path,
            select_lt: $select_lt:path,
            exp2_shifted: $exp2_shifted:path,
            reciprocal_estimate: $reciprocal_estimate:path,
            split_exponent: $split_exponent:path,
            uniform: $uniform:path,
            transpose: $transpose:path,
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        pub(super) struct $name($register);

        impl $name {
            #[inline(always)]
            fn from_array(lanes: &[$scalar; $n]) -> Self {
                // SAFETY: by detection; the array is as long as the register, and may lie at any address.
                Self(unsafe { $load(lanes.as_ptr()) })
            }

            #[inline(always)]
            fn as_array(&self) -> &[$scalar; $n] {
                // SAFETY: a register is `$n` numbers without padding, in lane order, aligned for one of them.
                unsafe { &*core::ptr::from_ref(self).cast() }
            }

            #[inline(always)]
            fn as_array_mut(&mut self) -> &mut [$scalar; $n] {
                // SAFETY: as in `as_array`; every bit pattern is a number.
                unsafe { &mut *core::ptr::from_mut(self).cast() }
            }
        }

        real_register!(@operator $name, Add::add, $add);
        real_register!(@operator $name, Sub::sub, $sub);
        real_register!(@operator $name, Mul::mul, $mul);
        real_register!(@operator $name, Div::div, $div);

        impl core::ops::Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $neg(self.0) })
            }
        }

        impl nets_kernel::real::Real for $name {
            type Scalar = $scalar;
            type Word = $word;
            type Part = Self;
            const LANES: usize = $n;
            const PARTS: usize = 1;

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $splat(value) })
            }
            #[inline(always)]
            fn load(values: &[$scalar]) -> Self {
                match values.first_chunk() {
                    Some(lanes) => Self::from_array(lanes),
                    None => Self::from_array(&super::padded(values)),
                }
            }
            #[inline(always)]
            fn store(self, values: &mut [$scalar]) {
                match values.first_chunk_mut::<$n>() {
                    // SAFETY: by detection; the array is as long as the register, and may lie at any address.
                    Some(lanes) => unsafe { $store(lanes.as_mut_ptr(), self.0) },
                    None => super::store_first(self.as_array(), values),
                }
            }
            /// Read from memory: where the lane is then splatted, one broadcasting load results.
            #[inline(always)]
            fn lane(&self, index: usize) -> $scalar {
                self.as_array()[index % $n]
            }
            #[inline(always)]
            fn set_lane(&mut self, index: usize, value: $scalar) {
                self.as_array_mut()[index % $n] = value;
            }
            #[inline(always)]
            fn part(&self, _index: usize) -> Self {
                *self
            }
            #[inline(always)]
            fn from_parts(mut part: impl FnMut(usize) -> Self) -> Self {
                part(0)
            }
            #[inline(always)]
            fn set_part(&mut self, _index: usize, part: Self) {
                *self = part;
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $mul_add(self.0, factor.0, term.0) })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $sqrt(self.0) })
            }
            #[inline(always)]
            fn select_lt(a: Self, b: Self, yes: Self, no: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $select_lt(a.0, b.0, yes.0, no.0) })
            }
            #[inline(always)]
            fn exp2_shifted(self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $exp2_shifted(self.0) })
            }
            #[inline(always)]
            fn reciprocal_estimate(self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $reciprocal_estimate(self.0) })
            }
            #[inline(always)]
            fn split_exponent(self) -> (Self, Self) {
                // SAFETY: by detection.
                let (m, e) = unsafe { $split_exponent(self.0) };
                (Self(m), Self(e))
            }
            #[inline(always)]
            fn uniform(high: $word, low: $word) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $uniform(high.0, low.0) })
            }
            #[inline(always)]
            fn transpose(row: impl Fn(usize) -> Self, out: &mut [$scalar], stride: usize) {
                let mut rows = [row(0).0; $n];
                for (i, register) in rows.iter_mut().enumerate().skip(1) {
                    *register = row(i).0;
                }
                // SAFETY: by detection.
                let columns = unsafe { $transpose(rows) };
                // One comparison of lengths for all of them.
                if stride >= $n && out.len() > ($n - 1) * stride + $n - 1 {
                    for (j, column) in columns.into_iter().enumerate() {
                        // SAFETY: by detection; `j * stride + $n` is within `out`.
                        unsafe { $store(out.as_mut_ptr().add(j * stride), column) };
                    }
                } else {
                    for (out, column) in out.chunks_mut(stride).zip(columns) {
                        Self(column).store(out);
                    }
                }
            }
            #[inline(always)]
            fn vectorize<O>(f: impl FnOnce() -> O) -> O {
                #[target_feature(enable = $features)]
                fn with_features<O>(f: impl FnOnce() -> O) -> O {
                    f()
                }
                // SAFETY: by detection.
                unsafe { with_features(f) }
            }
            /// The instruction returns its second operand unless the first is greater, so the operands are
            /// exchanged.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $max(other.0, self.0) })
            }
            /// The instruction returns its second operand unless the first is less, so the operands are
            /// exchanged.
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $min(other.0, self.0) })
            }
            #[inline(always)]
            fn clamp_magnitude(self, limit: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $clamp_magnitude(self.0, limit.0) })
            }
            /// Two operations in place of three; `self` for ±0 and NaN, like the scalar.
            #[inline(always)]
            fn abs(self) -> Self {
                self.max(-self)
            }
        }
    };
    (@operator $name:ident, $trait:ident::$method:ident, $function:path) => {
        impl core::ops::$trait for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $function(self.0, other.0) })
            }
        }
    };
}

/// A newtype over a register of `$n` words that implements [`Word`](nets_kernel::real::Word).
macro_rules! word_register {
    (
        $(#[$doc:meta])*
        $name:ident([u32; $n:literal] as $register:ty) {
            splat: $splat:path,
            load: $load:path,
            add: $add:path,
            xor: $xor:path,
            rotate_left: $rotate_left:ident,
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        pub(super) struct $name(pub(super) $register);

        impl nets_kernel::real::Word for $name {
            const LANES: usize = $n;

            #[inline(always)]
            fn splat(word: u32) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $splat(word.cast_signed()) })
            }
            #[inline(always)]
            fn from_lanes(lane: impl FnMut(usize) -> u32) -> Self {
                let lanes: [u32; $n] = core::array::from_fn(lane);
                // SAFETY: by detection; the array is as long as the register, and may lie at any address.
                Self(unsafe { $load(lanes.as_ptr().cast()) })
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $add(self.0, other.0) })
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $xor(self.0, other.0) })
            }
            #[inline(always)]
            fn rotate_left<const BITS: u32>(self) -> Self {
                // SAFETY: by detection.
                Self(unsafe { $rotate_left::<BITS>(self.0) })
            }
        }
    };
}
