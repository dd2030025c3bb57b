# ngtcp2: QUIC, with the helper that lets it use OpenSSL's own QUIC interface.
# Upstream's source, without the patches of the distribution.

version=1.24.0
sha256=7fa5ec2be0f0cbed8bc4ec89c0787dfa9d8ce678f1ed9477c52f30eb1a591207
package=ngtcp2
release=sid
series='1\.2[0-9]\.[0-9]+'
needs=(openssl)
flags=(
    -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_C_FLAGS=-fvisibility=hidden
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DENABLE_LIB_ONLY=ON -DENABLE_STATIC_LIB=ON -DENABLE_SHARED_LIB=OFF
    -DENABLE_OPENSSL=ON -DBUILD_TESTING=OFF
    # The answers of two checks that would have to link a static OpenSSL, but do not know of zlib and brotli.
    -DHAVE_SSL_PROVIDE_QUIC_DATA=OFF -DHAVE_SSL_SET_QUIC_TLS_CBS=ON
)

build() {
    local source=$1 out=$2
    run cmake -G Ninja -S "$source" -B "$source/build" "${flags[@]}" \
        -DOPENSSL_ROOT_DIR="$(directory_of openssl)" -DCMAKE_INSTALL_PREFIX="$out" -DCMAKE_INSTALL_LIBDIR=lib
    run ninja -C "$source/build" -j"$jobs"
    run ninja -C "$source/build" install
}
