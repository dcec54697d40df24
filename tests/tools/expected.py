# SPDX-License-Identifier: Apache-2.0
"""What RFC 5246 and RFC 8446 let one expect of a handshake: its messages and its operations."""

CLIENT, SERVER = "client -> server", "server -> client"
NAMES = {"rsa2048": "RSA-2048", "rsa3072": "RSA-3072", "rsa4096": "RSA-4096", "p256": "ECDSA P-256",
         "p384": "ECDSA P-384"}


def combinations():
    """Every (tls, kx, key, group, mutual) that the command takes."""
    for mutual in (False, True):
        for key in NAMES:
            if key.startswith("rsa"):
                yield "1.2", "rsa", key, None, mutual
            for group in ("X25519", "P-256", "P-384"):
                yield "1.2", "ecdhe", key, group, mutual
                yield "1.3", "ecdhe", key, group, mutual


def words(tls, kx, key, group, mutual):
    """The options that ask for a combination."""
    return (["--tls", tls, "--kx", kx, "--key", key] + (["--group", group] if group else [])
            + (["--mutual"] if mutual else []))


def messages(tls, kx, _key, _group, mutual):
    """(direction, name) of each message: RFC 5246 section 7.3, RFC 8446 section 2."""
    client = lambda *names: [(CLIENT, name) for name in names]
    server = lambda *names: [(SERVER, name) for name in names]
    if tls == "1.3":
        flow = client("ClientHello") + server("ServerHello", "EncryptedExtensions")
        flow += server("CertificateRequest") if mutual else []
        flow += server("Certificate", "CertificateVerify", "Finished")
        flow += client("Certificate", "CertificateVerify") if mutual else []
        flow += client("Finished")
    else:
        flow = client("ClientHello") + server("ServerHello", "Certificate")
        flow += server("ServerKeyExchange") if kx == "ecdhe" else []
        flow += server("CertificateRequest") if mutual else []
        flow += server("ServerHelloDone")
        flow += client("Certificate") if mutual else []
        flow += client("ClientKeyExchange")
        flow += client("CertificateVerify") if mutual else []
        flow += client("ChangeCipherSpec", "Finished") + server("ChangeCipherSpec", "Finished")
    return flow + client("Application Data") + server("Application Data") + client("Alert close_notify") \
        + server("Alert close_notify")


def public_key_operations(tls, kx, key, group, mutual, reported=False):
    """Sorted (side, direction of the message, its name, operation).

    An operation that the provider reported stands at the message that was read before it, where the
    side's next message has not been begun; one that the provider does not do, at the message of the RFC.
    """
    name = NAMES[key]
    private, public = (name + " private", name + " public") if name.startswith("RSA") else \
                      (name + " sign", name + " verify")
    generate, derive = (("" if group == "X25519" else "ECDH ") + f"{group} {what}"
                        for what in ("key generation", "derivation"))
    answer = ("server", CLIENT, "ClientHello") if reported else ("server", SERVER, "ServerHello")
    exchange = ("client", SERVER, "ServerHelloDone") if reported and not mutual else \
               ("client", CLIENT, "ClientKeyExchange")
    found = [("client", SERVER, "Certificate", public)]
    if tls == "1.3":
        found += [("client", CLIENT, "ClientHello", generate), (*answer, generate),
                  (*answer, derive), ("client", SERVER, "ServerHello", derive),
                  ("server", SERVER, "CertificateVerify", private), ("client", SERVER, "CertificateVerify", public)]
    elif kx == "rsa":
        found += [("client", CLIENT, "ClientKeyExchange", public), ("server", CLIENT, "ClientKeyExchange", private)]
    else:
        found += [("server", SERVER, "ServerKeyExchange", generate), ("server", SERVER, "ServerKeyExchange", private),
                  ("client", SERVER, "ServerKeyExchange", public), (*exchange, generate),
                  (*exchange, derive), ("server", CLIENT, "ClientKeyExchange", derive)]
    if mutual:
        found += [("server", CLIENT, "Certificate", public), ("client", CLIENT, "CertificateVerify", private),
                  ("server", CLIENT, "CertificateVerify", public)]
    return sorted(found)


def records(tls, mutual):
    """Sorted (side, operation, keys, how many records)."""
    cipher = "AES-256-GCM"
    if tls == "1.2":
        return sorted((side, f"{cipher} {way}", "connection keys", 3)
                      for side in ("client", "server") for way in ("encrypt", "decrypt"))
    found = [(side, f"{cipher} {way}", "application keys", 2)
             for side in ("client", "server") for way in ("encrypt", "decrypt")]
    down, up = 5 if mutual else 4, 3 if mutual else 1
    found += [("server", f"{cipher} encrypt", "handshake keys", down),
              ("client", f"{cipher} decrypt", "handshake keys", down),
              ("client", f"{cipher} encrypt", "handshake keys", up),
              ("server", f"{cipher} decrypt", "handshake keys", up)]
    return sorted(found)


def card_records(*combination):
    """Sorted (side, direction, message, operation) of the records where the card does each of them."""
    flow = messages(*combination)
    first = ("EncryptedExtensions" if combination[0] == "1.3" else "Finished")
    encrypted = flow[[name for _, name in flow].index(first):]
    found = []
    for direction, name in encrypted:
        if name == "ChangeCipherSpec":
            continue
        sender, receiver = ("client", "server") if direction == CLIENT else ("server", "client")
        found += [(sender, direction, name, "seal"), (receiver, direction, name, "open")]
    return sorted(found)


def cipher(tls, kx, key):
    """OpenSSL's name of the cipher suite."""
    if tls == "1.3":
        return "TLS_AES_256_GCM_SHA384"
    if kx == "rsa":
        return "AES256-GCM-SHA384"
    return f"ECDHE-{'RSA' if key.startswith('rsa') else 'ECDSA'}-AES256-GCM-SHA384"
