# ns-3: the simulated network. Upstream's source with the patches of cmake/patches/ns3-*.patch.

version=3.37
sha256=dfa5ca1994ff3dbe1d4b23cef54e05e6079f5707a2ed6055f717bdd5b458c38d
package=ns3
release=bookworm
subdirectory=ns-3.37 # Upstream ships it among other tools.
series='3\.37'
modules=(core network internet point-to-point mobility traffic-control bridge applications)
# Radio makes the build three times as long; nothing needs it unless it is asked for.
if [[ ${RESHAKE_RADIO:-0} == 1 ]]; then
    modules+=(wifi lte)
fi
flags=(
    -DCMAKE_BUILD_TYPE=release
    "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG"
    "-DCMAKE_CXX_FLAGS=-fvisibility=hidden -fvisibility-inlines-hidden -ffp-contract=off -flto"
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DNS3_ASSERT=OFF -DNS3_LOG=OFF -DNS3_EXAMPLES=OFF -DNS3_TESTS=OFF -DNS3_PYTHON_BINDINGS=OFF
    -DNS3_PRECOMPILE_HEADERS=OFF -DNS3_WARNINGS=OFF -DNS3_WARNINGS_AS_ERRORS=OFF
    # What the machine happens to have must not change the build.
    -DNS3_GTK3=OFF -DNS3_GSL=OFF -DNS3_SQLITE=OFF -DNS3_MPI=OFF
    -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON -DCMAKE_DISABLE_FIND_PACKAGE_LibXml2=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON
    "-DNS3_ENABLED_MODULES=$(IFS=';' && echo "${modules[*]}")"
)

build() {
    local source=$1 out=$2 tree=$1/build headers=$1/output/include/ns3 objects header real
    run cmake -G Ninja -S "$source" -B "$tree" "${flags[@]}" -DNS3_OUTPUT_DIRECTORY="$source/output"

    # The objects only: ns-3's own libraries are shared, or static with the machine's libc inside. Their order is the order of
    # static construction, so core comes first, then network, which all others build upon.
    mapfile -t objects < <(ninja -C "$tree" -t targets all |
        sed -n 's/: CXX_COMPILER__lib.*//p' | grep '^src/' | grep -v '^src/test/' |
        sed -E 's/^(src\/core\/.*)/0 \1/; s/^(src\/network\/.*)/1 \1/; s/^(src\/.*)/2 \1/' | LC_ALL=C sort | cut -c3-)
    run ninja -C "$tree" -j"$jobs" "${objects[@]}"

    # All of ns-3 is optimised across files here, once, into one ordinary object. That is as good as link-time optimisation of
    # the whole extension module (instructions per TCP connection within 1 %) and does not cost two minutes at every link.
    # One partition, because gcc 12 fails at dividing this one.
    mkdir -p "$out/lib" "$out/include/ns3"
    (cd "$tree" &&
        run g++ -r -nostdlib -O2 -fPIC -fvisibility=hidden -ffp-contract=off \
            -flto -flto-partition=one -flinker-output=nolto-rel -o ns3.o "${objects[@]}" &&
        run ar rcs "$out/lib/libns3.a" ns3.o)

    # ns-3 collects its headers as one-line files that include the real ones.
    for header in "$headers"/*.h; do
        real=$(sed -n '1s/^#include "\(\/.*\)"$/\1/p' "$header")
        run cp "${real:-$header}" "$out/include/ns3/${header##*/}"
    done
}
