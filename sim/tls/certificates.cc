#include "sim/tls/certificates.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/time.h"
#include "sim/tls/handles.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

using std::chrono::days;

/// How keys of a kind are made, and what they sign certificates with.
struct KeyKind {
    std::string_view label;       ///< Part of the authority's names.
    const char* algorithm;        ///< As EVP_PKEY_Q_keygen(3) takes it.
    const char* curve = nullptr;  ///< For EC.
    std::size_t bits = 0;         ///< For RSA.
    bool signs_with_digest = true;
};

KeyKind kind_of(CertificateKey key) {
    switch (key) {
        case CertificateKey::ecdsa_p256:
            return {.label = "ECDSA", .algorithm = "EC", .curve = "P-256"};
        case CertificateKey::ecdsa_p384:
            return {.label = "ECDSA P-384", .algorithm = "EC", .curve = "P-384"};
        case CertificateKey::rsa_2048:
            return {.label = "RSA", .algorithm = "RSA", .bits = 2048};
        case CertificateKey::rsa_3072:
            return {.label = "RSA 3072", .algorithm = "RSA", .bits = 3072};
        case CertificateKey::rsa_4096:
            return {.label = "RSA 4096", .algorithm = "RSA", .bits = 4096};
        case CertificateKey::ml_dsa_65:
            break;
    }
    return {.label = "ML-DSA-65", .algorithm = "ML-DSA-65", .signs_with_digest = false};
}

KeyPtr new_key(OSSL_LIB_CTX* library, const KeyKind& kind) {
    KeyPtr made(kind.curve != nullptr
                    ? EVP_PKEY_Q_keygen(library, nullptr, kind.algorithm, kind.curve)
                : kind.bits != 0 ? EVP_PKEY_Q_keygen(library, nullptr, kind.algorithm, kind.bits)
                                 : EVP_PKEY_Q_keygen(library, nullptr, kind.algorithm));
    RESHAKE_CHECK(made != nullptr);
    return made;
}

/// A certificate in the making.
class Builder {
public:
    Builder(OSSL_LIB_CTX* library, EVP_PKEY* key, Random& serial)
        : library_(library), certificate_(X509_new_ex(library, nullptr)) {
        RESHAKE_CHECK(certificate_ != nullptr);
        RESHAKE_CHECK(X509_set_version(get(), X509_VERSION_3) == 1);
        RESHAKE_CHECK(X509_set_pubkey(get(), key) == 1);
        set_serial(serial);
        set_validity();
    }

    void subject_entry(const char* field, std::string_view text) {
        RESHAKE_CHECK(
            X509_NAME_add_entry_by_txt(X509_get_subject_name(get()), field, MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()), -1, 0) == 1);
    }

    /// `issuer` nullptr: issued by itself. Comes after the subject, before the extensions.
    void issued_by(X509* issuer) {
        issuer_ = issuer != nullptr ? issuer : get();
        RESHAKE_CHECK(X509_set_issuer_name(get(), X509_get_subject_name(issuer_)) == 1);
    }

    void extension(int nid, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer_, get(), nullptr, nullptr, 0);
        // Some extensions refuse to be read without a configuration to look names up in.
        const ConfPtr empty(NCONF_new_ex(library_, nullptr));
        X509V3_set_nconf(&context, empty.get());
        const ExtensionPtr made(X509V3_EXT_nconf_nid(empty.get(), &context, nid, value.c_str()));
        RESHAKE_CHECK(made != nullptr);
        RESHAKE_CHECK(X509_add_ext(get(), made.get(), -1) == 1);
    }

    /// Not by `extension`: in OpenSSL's text form a comma in the name would start another entry.
    void names_servers(std::span<const std::string> server_names) {
        const GeneralNamesPtr names(GENERAL_NAMES_new());
        RESHAKE_CHECK(names != nullptr);
        for (const std::string& server_name : server_names) {
            GENERAL_NAME* name = GENERAL_NAME_new();
            ASN1_IA5STRING* text = ASN1_IA5STRING_new();
            RESHAKE_CHECK(name != nullptr && text != nullptr);
            RESHAKE_CHECK(ASN1_STRING_set(text, server_name.data(),
                                          static_cast<int>(server_name.size())) == 1);
            GENERAL_NAME_set0_value(name, GEN_DNS, text);
            RESHAKE_CHECK(sk_GENERAL_NAME_push(names.get(), name) > 0);
        }
        RESHAKE_CHECK(X509_add1_ext_i2d(get(), NID_subject_alt_name, names.get(), 0,
                                        X509V3_ADD_DEFAULT) == 1);
    }

    void valid(std::optional<Instant> from, std::optional<Instant> until) {
        const auto set = [](ASN1_TIME* field, const std::optional<Instant>& instant) {
            if (!instant) return;
            const auto date =
                epoch + std::chrono::floor<std::chrono::seconds>(*instant - run_start);
            RESHAKE_CHECK(ASN1_TIME_set(field, date.count()) != nullptr);
        };
        set(X509_getm_notBefore(get()), from);
        set(X509_getm_notAfter(get()), until);
    }

    /// An extension that means nothing and is `bytes` long.
    void pad(std::size_t bytes) {
        if (bytes == 0) return;
        // Source: RFC 5612: an enterprise number for examples, nobody's.
        const ObjectPtr meaningless(OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1));
        const OctetsPtr filling(ASN1_OCTET_STRING_new());
        RESHAKE_CHECK(meaningless != nullptr && filling != nullptr);
        const std::string zeros(bytes, '\0');
        RESHAKE_CHECK(ASN1_STRING_set(filling.get(), zeros.data(), static_cast<int>(bytes)) == 1);
        const ExtensionPtr made(
            X509_EXTENSION_create_by_OBJ(nullptr, meaningless.get(), 0, filling.get()));
        RESHAKE_CHECK(made != nullptr && X509_add_ext(get(), made.get(), -1) == 1);
    }

    [[nodiscard]] X509Ptr signed_with(EVP_PKEY* key, const KeyKind& kind) && {
        const EVP_MD* digest = kind.signs_with_digest ? EVP_sha256() : nullptr;
        RESHAKE_CHECK(X509_sign(get(), key, digest) > 0);
        return std::move(certificate_);
    }

private:
    [[nodiscard]] X509* get() const noexcept { return certificate_.get(); }

    /// Source: CA/Browser Forum Baseline Requirements 7.1: at least 64 random bits.
    void set_serial(Random& random) {
        std::array<std::byte, 16> bytes{};
        random.fill(bytes);
        // A leading bit pattern of 01: positive, and always encoded in 16 bytes.
        bytes[0] = (bytes[0] & std::byte{0x3f}) | std::byte{0x40};
        RESHAKE_CHECK(ASN1_STRING_set(X509_get_serialNumber(get()), bytes.data(),
                                      static_cast<int>(bytes.size())) == 1);
    }

    void set_validity() {
        constexpr std::chrono::seconds from = epoch - days(1);
        constexpr std::chrono::seconds until = from + days(3652);
        RESHAKE_CHECK(ASN1_TIME_set(X509_getm_notBefore(get()), from.count()) != nullptr);
        RESHAKE_CHECK(ASN1_TIME_set(X509_getm_notAfter(get()), until.count()) != nullptr);
    }

    OSSL_LIB_CTX* library_;
    X509Ptr certificate_;
    X509* issuer_ = nullptr;
};

/// Who the authority is, on its own certificates and as the issuer of others.
void add_authority(Builder& builder, std::string_view label, std::string_view rank) {
    builder.subject_entry("C", "NL");
    builder.subject_entry("O", "Reshake Simulated PKI");
    builder.subject_entry("CN", "Reshake " + std::string(label) + " " + std::string(rank));
}

void add_authority_extensions(Builder& builder, const std::string& constraints) {
    builder.extension(NID_basic_constraints, constraints);
    builder.extension(NID_key_usage, "critical,keyCertSign,cRLSign");
    builder.extension(NID_subject_key_identifier, "hash");
}

/// Who issues: a certificate and its key.
struct Issuer {
    X509* certificate;
    EVP_PKEY* key;
    KeyKind kind;
};

/// From when to when.
struct Validity {
    std::optional<Instant> from{};
    std::optional<Instant> until{};
};

X509Ptr make_root(OSSL_LIB_CTX* library, const KeyKind& kind, EVP_PKEY* key, Random& serial) {
    Builder builder(library, key, serial);
    add_authority(builder, kind.label, "Root");
    builder.issued_by(nullptr);
    add_authority_extensions(builder, "critical,CA:TRUE");
    return std::move(builder).signed_with(key, kind);
}

/// `below` is how many authorities may stand between this one and a leaf.
X509Ptr make_intermediate(OSSL_LIB_CTX* library, const KeyKind& kind, EVP_PKEY* key, Random& serial,
                          const Issuer& issuer, std::uint32_t below, const Validity& validity) {
    Builder builder(library, key, serial);
    builder.valid(validity.from, validity.until);
    const std::string number = below == 0 ? "" : " " + std::to_string(below);
    add_authority(builder, kind.label, "Authority" + number);
    builder.issued_by(issuer.certificate);
    add_authority_extensions(builder, "critical,CA:TRUE,pathlen:" + std::to_string(below));
    builder.extension(NID_authority_key_identifier, "keyid");
    builder.extension(NID_ext_key_usage, "serverAuth");
    builder.extension(NID_info_access, "caIssuers;URI:http://pki.reshake.example/root.cer");
    builder.extension(NID_crl_distribution_points, "URI:http://pki.reshake.example/root.crl");
    return std::move(builder).signed_with(issuer.key, issuer.kind);
}

X509Ptr make_leaf(OSSL_LIB_CTX* library, EVP_PKEY* key, Random& serial, const Issuer& issuer,
                  std::span<const std::string> server_names, std::uint32_t padding,
                  const Validity& validity) {
    constexpr std::size_t longest_common_name = 64;  // RFC 5280 appendix A.1, ub-common-name.
    Builder builder(library, key, serial);
    builder.valid(validity.from, validity.until);
    builder.subject_entry("businessCategory", "Private Organization");
    builder.subject_entry("jurisdictionC", "NL");
    builder.subject_entry("serialNumber", "01234567");
    builder.subject_entry("C", "NL");
    builder.subject_entry("ST", "Noord-Holland");
    builder.subject_entry("L", "Amsterdam");
    builder.subject_entry("O", "Operator of the Simulated Fleet");
    if (server_names[0].size() <= longest_common_name) {
        builder.subject_entry("CN", server_names[0]);
    }
    builder.issued_by(issuer.certificate);
    builder.extension(NID_basic_constraints, "critical,CA:FALSE");
    builder.extension(NID_key_usage, "critical,digitalSignature");
    builder.extension(NID_ext_key_usage, "serverAuth,clientAuth");
    builder.extension(NID_subject_key_identifier, "hash");
    builder.extension(NID_authority_key_identifier, "keyid");
    builder.names_servers(server_names);
    builder.extension(NID_info_access,
                      "OCSP;URI:http://ocsp.reshake.example,"
                      "caIssuers;URI:http://pki.reshake.example/intermediate.cer");
    builder.extension(NID_crl_distribution_points,
                      "URI:http://pki.reshake.example/intermediate.crl");
    builder.extension(NID_certificate_policies, "2.23.140.1.1");  // Extended validation.
    builder.pad(padding);
    return std::move(builder).signed_with(issuer.key, issuer.kind);
}

}  // namespace

Chain::Chain(const Library& library, const ChainPlan& plan, const std::string& server_name,
             const Random& random, const Chain* issuer)
    : handle_(std::make_unique<Handle>()) {
    const Housekeeping housekeeping{random.stream("keys and signatures")};
    OSSL_LIB_CTX* const context = library.handle().context.get();
    const KeyKind kind = kind_of(plan.key);
    Random serial = random.stream("serial numbers");

    // Every key first, so that the length of a chain is seen in what follows only.
    if (issuer == nullptr) {
        handle_->root_key = new_key(context, kind);
        handle_->root_kind = plan.key;
    } else {
        EVP_PKEY_up_ref(issuer->handle().root_key.get());
        handle_->root_key.reset(issuer->handle().root_key.get());
        handle_->root_kind = issuer->handle().root_kind;
    }
    std::vector<KeyPtr> keys;
    keys.reserve(plan.intermediates);
    for (std::uint32_t i = 0; i < plan.intermediates; ++i) keys.push_back(new_key(context, kind));
    handle_->leaf_key = new_key(context, kind);

    if (issuer == nullptr) {
        handle_->root = make_root(context, kind, handle_->root_key.get(), serial);
    } else {
        X509_up_ref(issuer->handle().root.get());
        handle_->root.reset(issuer->handle().root.get());
    }
    const Validity dated{plan.not_before, plan.not_after};
    Issuer above{handle_->root.get(), handle_->root_key.get(), kind_of(handle_->root_kind)};
    for (std::uint32_t i = 0; i < plan.intermediates; ++i) {
        const std::uint32_t below = plan.intermediates - 1 - i;
        const bool is_dated = plan.dated == ChainPart::intermediate && below == 0;
        handle_->intermediates.push_back(make_intermediate(
            context, kind, keys[i].get(), serial, above, below, is_dated ? dated : Validity{}));
        above = {handle_->intermediates.back().get(), keys[i].get(), kind};
    }
    std::vector<std::string> names{server_name};
    names.insert(names.end(), plan.further_names.begin(), plan.further_names.end());
    handle_->leaf =
        make_leaf(context, handle_->leaf_key.get(), serial, above, names, plan.leaf_padding,
                  plan.dated == ChainPart::leaf ? dated : Validity{});
}

Chain::~Chain() {
    const Housekeeping housekeeping{Random(0).stream("chain")};
    handle_.reset();
}

}  // namespace reshake::tls
