// Owning handles for OpenSSL's objects. Inside this room only.
#pragma once

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace reshake::tls {

template <auto free_function>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const noexcept {
        free_function(object);
    }
};

template <typename T, auto free_function>
using OpensslPtr = std::unique_ptr<T, FreeWith<free_function>>;

using LibCtxPtr = OpensslPtr<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using ProviderPtr = OpensslPtr<OSSL_PROVIDER, OSSL_PROVIDER_unload>;
using CipherContextPtr = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using CipherPtr = OpensslPtr<EVP_CIPHER, EVP_CIPHER_free>;
using SslCtxPtr = OpensslPtr<SSL_CTX, SSL_CTX_free>;
using SslPtr = OpensslPtr<SSL, SSL_free>;
using SessionPtr = OpensslPtr<SSL_SESSION, SSL_SESSION_free>;
using KeyPtr = OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using X509Ptr = OpensslPtr<X509, X509_free>;
using ObjectPtr = OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free>;
using OctetsPtr = OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using ExtensionPtr = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using ConfPtr = OpensslPtr<CONF, NCONF_free>;
using GeneralNamesPtr = OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
using BioMethodPtr = OpensslPtr<BIO_METHOD, BIO_meth_free>;

}  // namespace reshake::tls
