/* The versions of libraries that are not those of the headers. */
#include <nets_host.h>

int32_t nets_abi_version(void) { return NETS_ABI_VERSION + 1; }
int32_t nets_host_abi_version(void) { return NETS_HOST_ABI_VERSION + 1; }
