#include "tests/tls/openssl_command.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ranges>
#include <utility>

#include "sim/base/check.h"
#include "sim/tls/handles.h"

namespace reshake::tls::testing {
namespace {

/// How often a test waits for a peer, a tenth of a second each, before it takes it for stuck.
constexpr int patience = 300;

using MemoryPtr = OpensslPtr<BIO, BIO_free>;

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(const X509* certificate) {
    const MemoryPtr memory(BIO_new(BIO_s_mem()));
    RESHAKE_CHECK(PEM_write_bio_X509(memory.get(), certificate) == 1);
    return text_of(memory.get());
}

std::string pem_of(const EVP_PKEY* key) {
    const MemoryPtr memory(BIO_new(BIO_s_mem()));
    RESHAKE_CHECK(
        PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(memory.get());
}

struct Address {
    explicit Address(std::uint16_t port) {
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    [[nodiscard]] sockaddr* generic() noexcept { return reinterpret_cast<sockaddr*>(&address); }
    sockaddr_in address{};
    socklen_t size = sizeof address;
};

Descriptor new_socket() {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    RESHAKE_CHECK(socket.get() >= 0);
    return socket;
}

void make_ready(const Descriptor& socket) {
    const int on = 1;
    RESHAKE_CHECK(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    RESHAKE_CHECK(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
}

bool readable(const Descriptor& descriptor) {
    pollfd wait{descriptor.get(), POLLIN, 0};
    return ::poll(&wait, 1, 100) > 0;
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

Scratch::Scratch() {
    std::string pattern = std::filesystem::temp_directory_path() / "reshake-XXXXXX";
    RESHAKE_CHECK(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string Scratch::write(std::string_view name, std::string_view content) const {
    std::string file = path(name);
    std::ofstream out(file, std::ios::binary);
    out << content;
    RESHAKE_CHECK(out.flush().good());
    return file;
}

ChainFiles::ChainFiles(const Scratch& scratch, const Chain& chain)
    : leaf(scratch.write("leaf.pem", pem_of(chain.handle().leaf.get()))),
      key(scratch.write("key.pem", pem_of(chain.handle().leaf_key.get()))),
      root(scratch.write("root.pem", pem_of(chain.handle().root.get()))) {
    std::string all;
    for (const X509Ptr& each : chain.handle().intermediates | std::views::reverse) {
        all += pem_of(each.get());
    }
    intermediates = scratch.write("intermediates.pem", all);
}

OpensslCommand::OpensslCommand(const std::vector<std::string>& arguments) {
    std::array<int, 2> to_child{};
    std::array<int, 2> from_child{};
    RESHAKE_CHECK(::pipe2(to_child.data(), O_CLOEXEC) == 0);
    RESHAKE_CHECK(::pipe2(from_child.data(), O_CLOEXEC) == 0);
    std::vector<char*> words{const_cast<char*>(RESHAKE_OPENSSL_COMMAND)};
    for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    pid_ = ::fork();
    RESHAKE_CHECK(pid_ >= 0);
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // A test that crashes leaves no server behind.
        ::dup2(to_child[0], STDIN_FILENO);
        ::dup2(from_child[1], STDOUT_FILENO);
        ::dup2(from_child[1], STDERR_FILENO);
        ::execv(words[0], words.data());
        ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    input_ = Descriptor(to_child[1]);
    output_ = Descriptor(from_child[0]);
}

OpensslCommand::~OpensslCommand() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void OpensslCommand::say(std::string_view text) {
    RESHAKE_CHECK(::write(input_.get(), text.data(), text.size()) == std::ssize(text));
}

bool OpensslCommand::hear() {
    if (!readable(output_)) return true;
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(output_.get(), buffer.data(), buffer.size());
    if (size <= 0) return false;
    heard_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

std::string OpensslCommand::take_until(std::string_view text) {
    for (int turn = 0; turn < patience; ++turn) {
        if (const auto at = heard_.find(text); at != std::string::npos) {
            std::string taken = heard_.substr(0, at + text.size());
            heard_.erase(0, at + text.size());
            return taken;
        }
        if (!hear()) break;
    }
    std::fprintf(stderr, "openssl has not said \"%.*s\", but:\n%s\n", static_cast<int>(text.size()),
                 text.data(), heard_.c_str());
    RESHAKE_CHECK(!"the openssl command has said what was waited for");
    return {};
}

int OpensslCommand::wait() {
    for (int turn = 0; turn < patience && hear(); ++turn) {
    }
    int status = -1;
    RESHAKE_CHECK(::waitpid(std::exchange(pid_, -1), &status, 0) > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Listener::Listener() : socket(new_socket()) {
    Address address(0);
    RESHAKE_CHECK(::bind(socket.get(), address.generic(), address.size) == 0);
    RESHAKE_CHECK(::listen(socket.get(), 1) == 0);
    RESHAKE_CHECK(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
    RESHAKE_CHECK(::getsockname(socket.get(), address.generic(), &address.size) == 0);
    port = ntohs(address.address.sin_port);
}

Descriptor Listener::accept() const {
    for (int turn = 0; turn < patience && !readable(socket); ++turn) {
    }
    Descriptor accepted(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    RESHAKE_CHECK(accepted.get() >= 0);
    make_ready(accepted);
    return accepted;
}

Descriptor connect_to(std::uint16_t port) {
    Descriptor socket = new_socket();
    Address address(port);
    RESHAKE_CHECK(::connect(socket.get(), address.generic(), address.size) == 0);
    make_ready(socket);
    return socket;
}

}  // namespace reshake::tls::testing
