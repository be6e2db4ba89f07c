// The density of the examples: a ring of radius 3 and width 1/2 in the plane.
//
//   U(x) = (|x| - 3)^2 / 2 s^2,  s = 1/2,  log Z = log(2 pi 3 s sqrt(2 pi))
#ifndef RING_HPP
#define RING_HPP

#include <cmath>

// U at a point, and its gradient. `Point` and `Gradient` are anything with [].
template <class Point, class Gradient>
double ring(const Point &x, Gradient &&gradient) {
    const double radius = std::hypot(x[0], x[1]), z = (radius - 3.0) / 0.5;
    gradient[0] = z / 0.5 * x[0] / radius;
    gradient[1] = z / 0.5 * x[1] / radius;
    return z * z / 2.0;
}

inline const double pi = std::acos(-1.0);
inline const double ring_log_z = std::log(2.0 * pi * 3.0 * 0.5 * std::sqrt(2.0 * pi));

#endif
