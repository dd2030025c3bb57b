// The `openssl` command of the pinned version as a peer that is not ours: a child process on the
// loopback device, in real time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/tls/certificates.h"

namespace reshake::tls::testing {

/// A file descriptor that is closed in the end.
class Descriptor {
public:
    explicit Descriptor(int number = -1) noexcept : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    [[nodiscard]] int get() const noexcept { return number_; }

private:
    int number_;
};

/// A directory of a test's own, removed in the end.
class Scratch {
public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::string path(std::string_view name) const { return directory_ / name; }
    /// Writes a file and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view content) const;

private:
    std::filesystem::path directory_;
};

/// The chain's leaf, intermediates, key and root as PEM files of the directory.
struct ChainFiles {
    ChainFiles(const Scratch& scratch, const Chain& chain);
    std::string leaf;
    std::string intermediates;
    std::string key;
    std::string root;
};

/// A process of the command. Whatever still runs is killed, by its id, and waited for.
class OpensslCommand {
public:
    explicit OpensslCommand(const std::vector<std::string>& arguments);
    ~OpensslCommand();
    OpensslCommand(const OpensslCommand&) = delete;
    OpensslCommand& operator=(const OpensslCommand&) = delete;

    /// To its standard input.
    void say(std::string_view text);
    /// Reads what it has printed, standard error included, waiting a little; false at its end.
    bool hear();
    /// Everything that it has printed and nobody has taken.
    [[nodiscard]] const std::string& heard() const noexcept { return heard_; }
    /// Waits until it has printed `text`; takes everything up to and with it.
    std::string take_until(std::string_view text);
    /// Waits for its end and returns its exit code.
    int wait();

private:
    pid_t pid_ = -1;
    Descriptor input_;
    Descriptor output_;
    std::string heard_;
};

/// A listening socket on 127.0.0.1; the kernel picks the port.
struct Listener {
    Listener();
    [[nodiscard]] Descriptor accept() const;
    Descriptor socket;
    std::uint16_t port = 0;
};

/// Connects to 127.0.0.1.
[[nodiscard]] Descriptor connect_to(std::uint16_t port);

}  // namespace reshake::tls::testing
