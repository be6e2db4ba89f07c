#!/usr/bin/env bash
# Installs both libraries into a folder of the build and runs every example in C, C++ and Fortran against what is
# installed: found by CMake and by pkg-config, shared and static, with gcc and clang, under valgrind, and with the
# address and undefined-behaviour sanitizers. Then compares C, C++, libnets alone and the command, bit for bit.
#
# Wants gcc, clang, gfortran, cmake, pkg-config, valgrind, GSL, and Python with NumPy.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$target/examples
rm -rf "$work"
mkdir -p "$work"

# A staged installation, moved out of its prefix: nothing in it may know where it was to go.
make --silent install BUILD="$work/package" PREFIX=/usr DESTDIR="$work/stage" >"$work/install.txt" ||
    { cat "$work/install.txt"; exit 1; }
installed=$work/installed
mv "$work/stage/usr" "$installed"
libraries=$(dirname "$(find "$installed" -name libnets.so)")
export PKG_CONFIG_PATH=$libraries/pkgconfig
export LD_LIBRARY_PATH=$libraries

# The version has one source.
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
for package in nets nets_host; do
    [ "$(pkg-config --modversion "$package")" = "$version" ] || { echo "$package.pc is not of version $version"; exit 1; }
done
for library in nets nets_host; do
    soname=$(readelf -d "$libraries/lib$library.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')
    [ -e "$libraries/$soname" ] && [ "$soname" != "lib$library.so" ] || { echo "soname $soname is not installed"; exit 1; }
done

ran=0
# run COMMAND…: quiet unless it fails.
run() {
    local status=0
    "$@" >"$work/output.txt" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$work/output.txt"
        echo "status $status: $*"
        exit 1
    fi
    ran=$((ran + 1))
}

# compile COMPILER OUTPUT SOURCE PACKAGES FLAGS…: with the flags of pkg-config, those for static libraries if $static is set.
compile() {
    local compiler=$1 output=$2 source=$3 standard=-std=c11 packages flags libs
    read -ra packages <<<"$4"
    shift 4
    case $source in
        *.cpp) standard=-std=c++17; compiler=${compiler/gcc/g++}; compiler=${compiler/%clang/clang++} ;;
    esac
    read -ra flags <<<"$(pkg-config --cflags "${packages[@]}")"
    read -ra libs <<<"$(pkg-config --libs ${static:+--static} "${packages[@]}")"
    "$compiler" "$standard" -Wall -Wextra -Wpedantic -Wconversion -Werror "$@" "${flags[@]}" -o "$output" "$source" \
        "${libs[@]}" -lm
}

# programs FOLDER WRAPPER…: runs all of them; fewer walkers where a wrapper makes them slow.
programs() {
    local folder=$1
    shift
    local small=() few=() fewest=() own=() drift=$folder/ring.drift fits=()
    if [ $# -gt 0 ]; then
        small=(500) own=(500) few=(8) fewest=(100 20)
    fi
    # Valgrind computes fused multiply-adds in software: a training would take an hour. NETS_HOST_DRIFT_ZERO is 3.
    if [ "${1-}" = valgrind ]; then
        small=(100) own=(500 3) drift=$folder/stopped.drift fits=(1)
    fi
    run "$@" "$folder/sample" "${small[@]}"
    run "$@" "$folder/weights" "${few[@]}"
    run "$@" "$folder/metropolis" "${fewest[@]}"
    run "$@" "$folder/own_density_c" "${own[@]}"
    run "$@" "$folder/own_density" "${own[@]}"
    run "$@" "$folder/train" "$drift" "${fits[@]}"
    run "$@" "$folder/deploy" "$folder/ring.drift" "${small[@]}"
    run "$@" "$folder/failures" "$folder/ring.drift"
    run "$@" "$folder/host_failures"
    run "$@" "$folder/version"
}

# build COMPILER FOLDER FLAGS…: all of them, with pkg-config.
build() {
    local compiler=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    compile "$compiler" "$folder/sample" examples/c/sample.c nets "$@"
    compile "$compiler" "$folder/own_density_c" examples/c/own_density.c nets_host "$@"
    local name cflags libs
    for name in weights deploy failures; do
        compile "$compiler" "$folder/$name" "examples/cpp/$name.cpp" nets "$@"
    done
    compile "$compiler" "$folder/metropolis" examples/cpp/metropolis.cpp 'nets gsl' "$@"
    for name in own_density train host_failures; do
        compile "$compiler" "$folder/$name" "examples/cpp/$name.cpp" nets_host "$@"
    done
    # A program in two languages.
    local flags=(-Wall -Wextra -Wpedantic -Wconversion -Werror "$@")
    read -ra cflags <<<"$(pkg-config --cflags nets nets_host)"
    read -ra libs <<<"$(pkg-config --libs nets nets_host)"
    "$compiler" -std=c11 "${flags[@]}" "${cflags[@]}" -c -o "$folder/other_version.o" examples/cpp/other_version.c
    local plus=${compiler/gcc/g++}
    "${plus/%clang/clang++}" -std=c++17 "${flags[@]}" "${cflags[@]}" -o "$folder/version" examples/cpp/version.cpp \
        "$folder/other_version.o" "${libs[@]}"
}

# The programs in docs/c.md, from the first on: manual/1.c, manual/2.cpp, …
mkdir "$work/manual"
awk -v folder="$work/manual" '/^```(c|cpp)$/ { file = folder "/" ++n "." substr($0, 4); next } /^```/ { file = "" }
    file { print > file }' docs/c.md
[ -e "$work/manual/1.c" ] && [ -e "$work/manual/2.cpp" ] || { echo 'docs/c.md has no programs'; exit 1; }

static=
for compiler in gcc clang; do
    plus=${compiler/gcc/g++}
    export CC=$compiler CXX=${plus/%clang/clang++}

    run cmake -S examples -B "$work/cmake-$compiler" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$installed"
    run cmake --build "$work/cmake-$compiler" -j 2
    run ctest --test-dir "$work/cmake-$compiler" --no-tests=error --output-on-failure
    grep -E '^100% tests passed' "$work/output.txt"

    build "$compiler" "$work/$compiler" -O2
    programs "$work/$compiler"
    build "$compiler" "$work/$compiler-sanitized" -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
    grep -q __asan_init <<<"$(nm "$work/$compiler-sanitized/sample")" || { echo 'the sanitizer is not linked'; exit 1; }
    programs "$work/$compiler-sanitized" env ASAN_OPTIONS=detect_stack_use_after_return=1
    for source in "$work"/manual/*.c*; do
        compile "$compiler" "$work/manual/program" "$source" nets_host -O1 -g -fsanitize=address,undefined \
            -fno-sanitize-recover=all
        run env -C "$work/manual" ./program
    done
    echo "$compiler: built with CMake and pkg-config, clean under the sanitizers"
done
programs "$work/gcc" valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect

# Static libraries: where there are no shared ones, the flags of `pkg-config --static` have to do.
cp -r "$installed" "$work/static"
find "$work/static" -name '*.so*' -delete
static=yes
(
    export PKG_CONFIG_PATH=${PKG_CONFIG_PATH/#"$installed"/"$work/static"} LD_LIBRARY_PATH=
    compile gcc "$work/sample_static" examples/c/sample.c nets
    compile gcc "$work/own_density_static" examples/cpp/own_density.cpp nets_host
)
static=
run env LD_LIBRARY_PATH= "$work/sample_static"
run env LD_LIBRARY_PATH= "$work/own_density_static"

read -ra libs <<<"$(pkg-config --libs nets)"
gfortran -std=f2018 -Wall -Wextra -Wpedantic -Wconversion -Werror -J "$work" -o "$work/weights_f90" \
    examples/fortran/weights.f90 "${libs[@]}"
run valgrind --quiet --error-exitcode=99 --leak-check=full "$work/weights_f90"

# The same seed, model, target and options: the same bits from the command, C, C++ and the kernel alone. The tests of
# the Julia package compare themselves with the command.
cargo build --quiet --release -p nets-host --bin nets
identical=$work/identical
mkdir "$identical"
nets=$target/release/nets
(
    cd "$identical"
    "$nets" train gmm40 --seed 1 --out gmm40.nets --quiet >/dev/null
    "$nets" sample gmm40 --model gmm40.nets --walkers 960 --steps 50 --epsilon 100 --seed 5 --quiet --out walkers.npz \
        >/dev/null
)
command=$("${PYTHON:-python3}" examples/identical/checksums.py "$identical/walkers.npz")
printf 'command  %s\n' "$command"
for compiler in gcc clang; do
    compile "$compiler" "$identical/host_c" examples/identical/host.c nets_host
    compile "$compiler" "$identical/host_cpp" examples/identical/host.cpp nets_host
    compile "$compiler" "$identical/kernel" examples/identical/kernel.cpp nets
    c=$("$identical/host_c" "$identical/gmm40.nets" "$identical/gmm40.drift")
    cpp=$("$identical/host_cpp" "$identical/gmm40.nets")
    kernel=$("$identical/kernel" "$identical/gmm40.drift" host/data/gmm40_means.csv)
    printf 'C        %s\nC++      %s\nlibnets  %s\n' "$c" "$cpp" "$kernel"
    [ "$command" = "$c" ] && [ "$command" = "$cpp" ] && [ "${command#* * }" = "$kernel" ] || { echo 'they differ'; exit 1; }
done

echo "$ran programs and builds ran without an error"
