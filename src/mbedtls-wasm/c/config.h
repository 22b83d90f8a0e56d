/*
 * What of mbedTLS is compiled in: DTLS 1.2 with AEAD suites, both roles; pre-shared keys, alone or with ECDHE on P-256, and
 * certificates of ECDSA keys. Everything else is left out: what is not there cannot be attacked, and the module stays small.
 */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_PLATFORM_TIME_ALT
#define MBEDTLS_PLATFORM_MS_TIME_ALT

/* Ciphers and hashes of the suites, and no others. */
#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CCM_C
#define MBEDTLS_GCM_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C

/* P-256; `p256.c` has its key generation and shared secret done by the host, where it can. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDH_GEN_PUBLIC_ALT
#define MBEDTLS_ECDH_COMPUTE_SHARED_ALT

/*
 * Certificates (RFC 5280) with keys on P-256; those that sign others may be on P-384. Signatures of ours need no entropy
 * (RFC 6979). HAVE_TIME_DATE stays off: whether the clock can be trusted is the caller's to know, and so is validity.
 */
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECDSA_DETERMINISTIC
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO
/* Between a peer's certificate and a trust anchor: bounds the signatures that one handshake makes us verify. */
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA 4

/* DTLS 1.2. Renegotiation stays off: mbedTLS cannot export a connection with it. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_SRV_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_DTLS
#define MBEDTLS_SSL_DTLS_ANTI_REPLAY
#define MBEDTLS_SSL_DTLS_HELLO_VERIFY
/* Needed for the stateless cookie check. Our connections cannot write cookies, so none is ever reset by a ClientHello. */
#define MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE
#define MBEDTLS_SSL_DTLS_CONNECTION_ID
#define MBEDTLS_SSL_DTLS_CONNECTION_ID_COMPAT 0
#define MBEDTLS_SSL_CID_IN_LEN_MAX 32
#define MBEDTLS_SSL_CID_OUT_LEN_MAX 32
#define MBEDTLS_SSL_COOKIE_C
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_CONTEXT_SERIALIZATION
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_KEY_EXCHANGE_PSK_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED

/* LwM2M keys may be 64 bytes long; mbedTLS's own limit is 32. */
#define MBEDTLS_PSK_MAX_LEN 64
/* A peer's chain arrives as one message, put together from its fragments: both bound it. */
#define MBEDTLS_SSL_IN_CONTENT_LEN 3072
#define MBEDTLS_SSL_DTLS_MAX_BUFFERING 5120
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048
