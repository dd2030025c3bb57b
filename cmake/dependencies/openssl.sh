# OpenSSL: the TLS stack of every simulated host. An LTS series, and the first one ngtcp2's `ossl` helper can use.
# Upstream's source, without the patches of the distribution. The `openssl` command is for tests: a peer that is not ours.

version=3.5.7
sha256=a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8
package=openssl
release=trixie
series='3\.5\.[0-9]+'
flags=(
    no-shared -fPIC -fvisibility=hidden
    # Certificate compression (RFC 8879).
    enable-zlib enable-brotli
    # What cannot happen in a simulated host, or would reach outside it: modules and engines loaded from files, the kernel.
    no-module no-dso no-engine no-afalgeng no-ktls no-ui-console
    no-legacy no-ssl3 no-weak-ssl-ciphers no-srp no-sctp no-cmp
    no-tests no-docs
)
if [[ $machine == x86_64 ]]; then
    flags+=(enable-ec_nistp_64_gcc_128)
fi

build() {
    local source=$1 out=$2 target=linux-$machine
    # No configuration file of the machine may leak into a run, so the directory it would be read from does not exist.
    (cd "$source" &&
        run ./Configure "$target" --prefix=/ --libdir=lib --openssldir=/nonexistent "${flags[@]}" &&
        run make -j"$jobs" build_libs apps/openssl &&
        run make DESTDIR="$out" install_dev &&
        run install -D apps/openssl "$out/bin/openssl")
}
