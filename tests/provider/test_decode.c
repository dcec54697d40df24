/* SPDX-License-Identifier: Apache-2.0 */
/* Implicit rejection against the published vectors of draft-irtf-cfrg-rsa-guidance (a 2048-bit key). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "provider/padding.h"

static const char key_text[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIEowIBAAKCAQEAyMyDlxQJjaVsqiNkD5PciZfBY3KWj8Gwxt9RE8HJTosh5IrS\n"
    "KX5lQZARtObY9ec7G3iyV0ADIdHva2AtTsjOjRQclJBetK0wZjmkkgZTS25/JgdC\n"
    "Ppff/RM8iNchOZ3vvH6WzNy9fzquH+iScSv7SSmBfVEWZkQKH6y3ogj16hZZEK3Y\n"
    "o/LUlyAjYMy2MgJPDQcWnBkY8xb3lLFDrvVOyHUipMApePlomYC/+/ZJwwfoGBm/\n"
    "+IQJY41IvZS+FStZ/2SfoL1inQ/6GBPDq/S1a9PC6lRl3/oUWJKSqdiiStJr5+4F\n"
    "EHQbY4LUPIPVv6QKRmE9BivkRVF9vK8MtOGnaQIDAQABAoIBABRVAQ4PLVh2Y6Zm\n"
    "pv8czbvw7dgQBkbQKgI5IpCJksStOeVWWSlybvZQjDpxFY7wtv91HTnQdYC7LS8G\n"
    "MhBELQYD/1DbvXs1/iybsZpHoa+FpMJJAeAsqLWLeRmyDt8yqs+/Ua20vEthubfp\n"
    "aMqk1XD3DvGNgGMiiJPkfUOe/KeTJZvPLNEIo9hojN8HjnrHmZafIznSwfUiuWlo\n"
    "RimpM7quwmgWJeq4T05W9ER+nYj7mhmc9xAj4OJXsURBszyE07xnyoAx0mEmGBA6\n"
    "egpAhEJi912IkM1hblH5A1SI/W4Jnej/bWWk/xGCVIB8n1jS+7qLoVHcjGi+NJyX\n"
    "eiBOBMECgYEA+PWta6gokxvqRZuKP23AQdI0gkCcJXHpY/MfdIYColY3GziD7UWe\n"
    "z5cFJkWe3RbgVSL1pF2UdRsuwtrycsf4gWpSwA0YCAFxY02omdeXMiL1G5N2MFSG\n"
    "lqn32MJKWUl8HvzUVc+5fuhtK200lyszL9owPwSZm062tcwLsz53Yd0CgYEAznou\n"
    "O0mpC5YzChLcaCvfvfuujdbcA7YUeu+9V1dD8PbaTYYjUGG3Gv2crS00Al5WrIaw\n"
    "93Q+s14ay8ojeJVCRGW3Bu0iF15XGMjHC2cD6o9rUQ+UW+SOWja7PDyRcytYnfwF\n"
    "1y2AkDGURSvaITSGR+xylD8RqEbmL66+jrU2sP0CgYB2/hXxiuI5zfHfa0RcpLxr\n"
    "uWjXiMIZM6T13NKAAz1nEgYswIpt8gTB+9C+RjB0Q+bdSmRWN1Qp1OA4yiVvrxyb\n"
    "3pHGsXt2+BmV+RxIy768e/DjSUwINZ5OjNalh9e5bWIh/X4PtcVXXwgu5XdpeYBx\n"
    "sru0oyI4FRtHMUu2VHkDEQKBgQCZiEiwVUmaEAnLx9KUs2sf/fICDm5zZAU+lN4a\n"
    "AA3JNAWH9+JydvaM32CNdTtjN3sDtvQITSwCfEs4lgpiM7qe2XOLdvEOp1vkVgeL\n"
    "9wH2fMaz8/3BhuZDNsdrNy6AkQ7ICwrcwj0C+5rhBIaigkgHW06n5W3fzziC5FFW\n"
    "FHGikQKBgGQ790ZCn32DZnoGUwITR++/wF5jUfghqd67YODszeUAWtnp7DHlWPfp\n"
    "LCkyjnRWnXzvfHTKvCs1XtQBoaCRS048uwZITlgZYFEWntFMqi76bqBE4FTSYUTM\n"
    "FinFUBBVigThM/RLfCRNrCW/kTxXuJDuSfVIJZzWNAT+9oWdz5da\n"
    "-----END RSA PRIVATE KEY-----\n";

static const struct {
    const char *what, *ciphertext, *plaintext;
} vectors[] = {
    {"good, 26 octets",
     "8bfe264e85d3bdeaa6b8851b8e3b956ee3d226fd3f69063a86880173a273d9f283b2eebdd1ed35f7e02d91c571981b6737d5320bd8396b0f3"
     "ad5b019daec1b0aab3cbbc026395f4fd14f13673f2dfc81f9b660ec26ac381e6db3299b4e460b43fab9955df2b3cfaa20e900e19c856238fd"
     "371899c2bf2ce8c868b76754e5db3b036533fd603746be13c10d4e3e6022ebc905d20c2a7f32b215a4cd53b3f44ca1c327d2c2b651145821c"
     "08396c89071f665349c25e44d2733cd9305985ceef6430c3cf57af5fa224089221218fa34737c79c446d28a94c41c96e4e92ac53fbcf384de"
     "a8419ea089f8784445a492c812eb0d409467f75afd7d4d1078886205a066",
     "6c6f72656d20697073756d20646f6c6f722073697420616d6574"},
    {"bad, rejected with an empty message",
     "20aaa8adbbc593a924ba1c5c7990b5c2242ae4b99d0fe636a19a4cf754edbcee774e472fe028160ed42634f8864900cb514006da642cae6ae"
     "8c7d087caebcfa6dad1551301e130344989a1d462d4164505f6393933450c67bc6d39d8f5160907cabc251b737925a1cf21e5c6aa5781b776"
     "9f6a2a583d97cce008c0f8b6add5f0b2bd80bee60237aa39bb20719fe75749f4bc4e42466ef5a861ae3a92395c7d858d430bfe38040f445ea"
     "93fa2958b503539800ffa5ce5f8cf51fa8171a91f36cb4f4575e8de6b4d3f096ee140b938fd2f50ee13f0d050222e2a72b0a3069ff3a6738e"
     "82c87090caa5aed4fcbe882c49646aa250b98f12f83c8d528113614a29e7",
     ""},
    {"bad, rejected with the longest message",
     "48cceab10f39a4db32f60074feea473cbcdb7accf92e150417f76b44756b190e843e79ec12aa85083a21f5437e7bad0a60482e601198f9d86"
     "923239c8786ee728285afd0937f7dde12717f28389843d7375912b07b991f4fdb0190fced8ba665314367e8c5f9d2981d0f5128feeb46cb50"
     "fc237e64438a86df198dd0209364ae3a842d77532b66b7ef263b83b1541ed671b120dfd660462e2107a4ee7b964e734a7bd68d90dda617706"
     "58a3c242948532da32648687e0318286473f675b412d6468f013f14d760a358dfcad3cda2afeec5e268a37d250c37f722f468a70dfd92d729"
     "4c3c1ee1e7f8843b7d16f9f37ef35748c3ae93aa155cdcdfeb4e78567303",
     "22d850137b9eebe092b24f602dc5bb7918c16bd89ddbf20467b119d205f9c2e4bd7d2592cf1e532106e0f33557565923c73a02d4f09c0c22b"
     "ea89148183e60317f7028b3aa1f261f91c979393101d7e15f4067e63979b32751658ef769610fe97cf9cef3278b3117d384051c3b1d82c251"
     "c2305418c8f6840530e631aad63e70e20e025bcd8efb54c92ec6d3b106a2f8e64eeff7d38495b0fc50c97138af4b1c0a67a1c4e27b077b843"
     "9332edfa8608dfeae653cd6a628ac550395f7e74390e42c11682234870925eeaa1fa71b76cf1f2ee3bda69f6717033ff8b7c95c9799e7a3be"
     "a5e7e4a1c359772fb6b1c6e6c516661dfe30c3"},
    {"bad, the length is the second to last candidate",
     "1439e08c3f84c1a7fec74ce07614b20e01f6fa4e8c2a6cffdc3520d8889e5d9a950c6425798f85d4be38d300ea5695f13ecd4cb389d1ff5b8"
     "2484b494d6280ab7fa78e645933981cb934cce8bfcd114cc0e6811eefa47aae20af638a1cd163d2d3366186d0a07df0c81f6c9f3171cf3561"
     "472e98a6006bf75ddb457bed036dcce199369de7d94ef2c68e8467ee0604eea2b3009479162a7891ba5c40cab17f49e1c438cb6eaea4f76ce"
     "23cce0e483ff0e96fa790ea15be67671814342d0a23f4a20262b6182e72f3a67cd289711503c85516a9ed225422f98b116f1ab080a80abd6f"
     "0216df88d8cfd67c139243be8dd78502a7aaf6bc99d7da71bcdf627e7354",
     "0f9b"},
    {"bad, eleven octets",
     "5f02f4b1f46935c742ebe62b6f05aa0a3286aab91a49b34780adde6410ab46f7386e05748331864ac98e1da63686e4babe3a19ed40a7f5cee"
     "fb89179596aab07ab1015e03b8f825084dab028b6731288f2e511a4b314b6ea3997d2e8fe2825cef8897cbbdfb6c939d441d6e04948414bb6"
     "9e682927ef8576c9a7090d4aad0e74c520d6d5ce63a154720f00b76de8cc550b1aa14f016d63a7b6d6eaa1f7dbe9e50200d3159b3d099c900"
     "116bf4eba3b94204f18b1317b07529751abf64a26b0a0bf1c8ce757333b3d673211b67cc0653f2fe2620d57c8b6ee574a0323a167eab1106d"
     "9bc7fd90d415be5f1e9891a0e6c709f4fc0404e8226f8477b4e939b36eb2",
     "af9ac70191c92413cb9f2d"},
};

/* c ^ d mod n, and d as octets. */
static void raw(EVP_PKEY *key, const uint8_t *ciphertext, uint8_t *encoded, uint8_t *exponent)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    BIGNUM *d = NULL;
    size_t length = 256;

    assert_int_equal(EVP_PKEY_decrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_decrypt(context, encoded, &length, ciphertext, 256), 1);
    EVP_PKEY_CTX_free(context);
    assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &d));
    assert_int_equal(BN_bn2binpad(d, exponent, 256), 256);
    BN_free(d);
}

static void test_published_vectors(void **state)
{
    BIO *text = BIO_new_mem_buf(key_text, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);

    (void)state;
    assert_non_null(key);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t encoded[256], exponent[256], output[256];
        long ciphertext_length, length = (long)strlen(vectors[i].plaintext) / 2;
        uint8_t *ciphertext = OPENSSL_hexstr2buf(vectors[i].ciphertext, &ciphertext_length);
        uint8_t *plaintext = length == 0 ? NULL : OPENSSL_hexstr2buf(vectors[i].plaintext, NULL);
        struct decoding decoding = {encoded, 256, output, sizeof output, 0};

        assert_int_equal(ciphertext_length, 256);
        raw(key, ciphertext, encoded, exponent);
        assert_true(decode_pkcs1_implicit(NULL, &decoding, exponent, ciphertext));
        assert_int_equal(decoding.length, length);
        if (length > 0)
            assert_memory_equal(output, plaintext, (size_t)length);
        OPENSSL_free(ciphertext);
        OPENSSL_free(plaintext);
    }
    EVP_PKEY_free(key);
    BIO_free(text);
}

/* Every length that fits is moved to the front whole, and nothing behind it is touched. */
static void test_pkcs1_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 256; length++) {
        uint8_t encoded[256], output[256];
        struct decoding decoding = {encoded, 256, output, sizeof output, 0};
        size_t good;

        memset(encoded, 0x55, sizeof encoded);
        memset(output, 0xee, sizeof output);
        encoded[0] = 0;
        encoded[1] = 2;
        if (length < 254)
            encoded[255 - length] = 0;
        for (size_t i = 0; i < length && length < 254; i++)
            encoded[256 - length + i] = (uint8_t)i;
        good = decode_pkcs1(&decoding);
        assert_int_equal(good, length <= 245 ? ~(size_t)0 : 0);
        for (size_t i = 0; i < 256; i++)
            assert_int_equal(output[i], length <= 245 && i < length ? (uint8_t)i : 0xee);
        if (length <= 245)
            assert_int_equal(decoding.length, length);
    }
}

static void test_pkcs1_needs_room(void **state)
{
    uint8_t encoded[64], output[10];
    struct decoding decoding = {encoded, sizeof encoded, output, sizeof output, 0};

    (void)state;
    memset(encoded, 1, sizeof encoded);
    encoded[0] = 0;
    encoded[1] = 2;
    encoded[64 - 11 - 1] = 0;
    assert_int_equal(decode_pkcs1(&decoding), 0);
    memset(encoded, 1, sizeof encoded);
    encoded[0] = 0;
    encoded[1] = 2;
    encoded[64 - 10 - 1] = 0;
    assert_int_equal(decode_pkcs1(&decoding), ~(size_t)0);
    assert_int_equal(decoding.length, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_pkcs1_every_length),
        cmocka_unit_test(test_pkcs1_needs_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
