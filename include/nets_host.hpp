// Training, models and the threaded engine of the Non-Equilibrium Transport Sampler in C++17: libnets_host behind
// objects that own their handles, callables and exceptions. Needs nets_host.h and libnets_host; programs that only
// sample with a drift that was trained elsewhere need `nets.hpp` and libnets.
//
//     const nets::target target = nets::target::density(2, [](nets::span<const double> x, nets::span<double> gradient) {
//         ...                                             // writes the gradient of U, returns U
//     });
//     const nets::model model = nets::train(target);
//     const nets::samples samples = nets::sample(target, model);   // samples.x, samples.log_weights, samples.summary
//
// Errors, callables and the ABI version are as in `nets.hpp`; nets_host.h says what each function computes.
#ifndef NETS_HOST_HPP
#define NETS_HOST_HPP

#include "nets/error.hpp"
#include "nets/model.hpp"
#include "nets/sample.hpp"
#include "nets/span.hpp"
#include "nets/target.hpp"

#endif
