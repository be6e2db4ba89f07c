// How the examples check their own answers.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cmath>
#include <cstdio>

namespace check {

inline int failures = 0;

// Says whether something holds, and remembers if it does not.
inline void expect(bool holds, const char *what) {
    std::printf("%-5s %s\n", holds ? "ok" : "WRONG", what);
    failures += !holds;
}

// Whether an estimate is within 4 standard errors of the exact value.
inline void agrees(const char *what, double estimate, double standard_error, double exact) {
    std::printf("%s = %.5f +- %.5f (exact %.5f)\n", what, estimate, standard_error, exact);
    expect(std::fabs(estimate - exact) <= 4.0 * standard_error, what);
}

}  // namespace check

#endif
