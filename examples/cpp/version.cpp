// Libraries of another ABI version than the headers are noticed by the first call. The program's own versions, from
// `other_version.c`, stand in for those of such libraries.
#include "check.hpp"
#include "nets.hpp"
#include "nets_host.hpp"

int main() {
    nets::status status;
    nets::weight_summary_of({}, status);
    std::printf("%s\n", status.message());
    check::expect(status.code() == nets::err_abi, "another libnets is noticed");
    nets::target::named("gmm40", status);
    std::printf("%s\n", status.message());
    check::expect(status.code() == nets::err_abi, "another libnets_host is noticed");
    std::int32_t code = NETS_OK;
    try {
        nets::path<float>::geometric(1, [](nets::span<const float>, nets::span<float>) { return 0.0F; });
    } catch (const nets::error &error) {
        code = error.code();
    }
    check::expect(code == nets::err_abi, "as an exception too");
    return check::failures;
}
