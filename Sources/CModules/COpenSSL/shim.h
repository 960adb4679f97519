#ifndef SALLYPORT_COPENSSL_SHIM_H
#define SALLYPORT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Swift sees neither function-like macros nor the constants and stacks made of them. Each function
 * below gives one of them a name; none adds meaning. */

static inline int sallyport_SSL_CTX_set_protocol_versions(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version) == 1
      && SSL_CTX_set_max_proto_version(context, version) == 1;
}

static inline void sallyport_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
  SSL_CTX_set_mode(context, mode);
}

static inline uint64_t sallyport_SSL_OP_NO_RENEGOTIATION(void) { return SSL_OP_NO_RENEGOTIATION; }
static inline uint64_t sallyport_SSL_OP_NO_COMPRESSION(void) { return SSL_OP_NO_COMPRESSION; }
static inline uint64_t sallyport_SSL_OP_NO_TICKET(void) { return SSL_OP_NO_TICKET; }
static inline uint64_t sallyport_SSL_OP_IGNORE_UNEXPECTED_EOF(void) {
  return SSL_OP_IGNORE_UNEXPECTED_EOF;
}

static inline void sallyport_SSL_CTX_disable_session_cache(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void sallyport_SSL_CTX_keep_no_client_sessions(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

static inline void sallyport_SSL_CTX_set_max_cert_list(SSL_CTX *context, long bytes) {
  SSL_CTX_set_max_cert_list(context, bytes);
}

static inline int sallyport_SSL_CTX_set_groups(SSL_CTX *context, const char *names) {
  return (int)SSL_CTX_set1_groups_list(context, names);
}

static inline int sallyport_SSL_CTX_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline int sallyport_SSL_set_server_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void sallyport_SSL_set_msg_callback_arg(SSL *ssl, void *argument) {
  SSL_set_msg_callback_arg(ssl, argument);
}

static inline void sallyport_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void sallyport_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int sallyport_certificate_count(const STACK_OF(X509) *chain) {
  return chain == NULL ? 0 : sk_X509_num(chain);
}

static inline X509 *sallyport_certificate_at(const STACK_OF(X509) *chain, int index) {
  return sk_X509_value(chain, index);
}

static inline GENERAL_NAMES *sallyport_copy_alternative_names(X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int sallyport_name_count(const GENERAL_NAMES *names) {
  return names == NULL ? 0 : sk_GENERAL_NAME_num(names);
}

/* One of GEN_DNS, GEN_IPADD, ...; `value` is NULL for other kinds than those two. */
static inline int sallyport_name_at(
    const GENERAL_NAMES *names, int index, const ASN1_STRING **value) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  *value = NULL;
  if (name->type == GEN_DNS) *value = name->d.dNSName;
  if (name->type == GEN_IPADD) *value = name->d.iPAddress;
  return name->type;
}

#endif
