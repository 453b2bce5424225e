// Owning pointers for the OpenSSL objects that the package worker handles.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include <memory>

namespace server::worker {

template <auto Free>
struct OpensslFree {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
template <class T, auto Free>
using OpensslPointer = std::unique_ptr<T, OpensslFree<Free>>;

inline void free_x509_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
// For a stack whose certificates belong to somebody else.
inline void free_stack_only(STACK_OF(X509) * stack) { sk_X509_free(stack); }

using BioPointer = OpensslPointer<BIO, BIO_free_all>;
using DigestPointer = OpensslPointer<EVP_MD_CTX, EVP_MD_CTX_free>;
using Pkcs7Pointer = OpensslPointer<PKCS7, PKCS7_free>;
using X509Pointer = OpensslPointer<X509, X509_free>;
using StorePointer = OpensslPointer<X509_STORE, X509_STORE_free>;
using StoreContextPointer = OpensslPointer<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509StackPointer = OpensslPointer<STACK_OF(X509), free_x509_stack>;

}  // namespace server::worker
