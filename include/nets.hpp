// The kernel of the Non-Equilibrium Transport Sampler in C++17: libnets behind objects that own their memory, spans,
// callables and exceptions. Needs nets.h and libnets; `nets_host.hpp` has training.
//
// A function `nets_X_f64` or `nets_X_f32` of nets.h is `nets::X<double>` or `nets::X<float>` here, with the same
// arguments in the same order: a pointer with its count is a `nets::span` or `nets::rows`, workspaces grow by
// themselves, and structures of options come with their defaults. nets.h says what each function computes.
//
// - Errors are `nets::error`; with a `nets::status` as the last argument nothing is thrown.
// - An exception that leaves a callable ends the call of the library and arrives at the caller as it was thrown.
// - The first call compares the ABI version of the header with that of the library that was loaded.
#ifndef NETS_HPP
#define NETS_HPP

#include "nets/drift.hpp"
#include "nets/error.hpp"
#include "nets/increment.hpp"
#include "nets/numbers.hpp"
#include "nets/path.hpp"
#include "nets/sampler.hpp"
#include "nets/span.hpp"
#include "nets/step.hpp"
#include "nets/weight.hpp"

#endif
