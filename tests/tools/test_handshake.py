#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard handshake: every combination of its options held against the specifications."""

import pathlib
import re
import shutil
import tempfile
import unittest

import expected
import tools
import tap


def located(result):
    """Sorted (side, direction, message, op) of the public-key operations, of records in software, and on the card."""
    steps = {step["number"]: step for step in result["steps"]}
    keys, records, on_card = [], [], []
    for operation in result["operations"]:
        if "records" in operation:
            records.append((operation["side"], operation["op"], operation["purpose"], operation["records"]))
            continue
        step, name = steps[operation["step"]], operation["op"]
        single = re.fullmatch(r"AES-256-GCM (seal|open) (\d+) octets", name)
        if single:
            # RFC 8446 section 5.2: the message and its content type; RFC 5246 section 6.2.3.3: the message.
            assert int(single[2]) == step["octets"] + (result["version"] == "TLSv1.3"), (operation, step)
            name = single[1]
        (on_card if single else keys).append((operation["side"], step["direction"], step["message"], name))
    return sorted(keys), sorted(records), sorted(on_card)


class Combinations(unittest.TestCase):
    """What every handshake must be like."""

    def run_combination(self, card, combination, **options):
        """Run it and check all but who did the operations. Returns the result."""
        tls, kx, key, group, mutual = combination
        status, result, errors = tools.run_json("handshake", "--card", card, *expected.words(*combination), **options)
        self.assertEqual((status, errors), (0, ""))
        self.assertIs(result["completed"], True)
        self.assertIs(result["application_data"], True)
        self.assertEqual((result["version"], result["cipher"]), ("TLSv" + tls, expected.cipher(tls, kx, key)))
        self.assertEqual((result["group"], result["failures"]), (group, []))
        self.assertEqual([(step["direction"], step["message"]) for step in result["steps"]],
                         expected.messages(*combination))
        self.assertEqual([step["number"] for step in result["steps"]], list(range(1, len(result["steps"]) + 1)))
        keys, records, on_card = located(result)
        self.assertEqual(keys, expected.public_key_operations(*combination, reported=card != "none"))
        lanes = result.get("provider_card", {}).get("gcm_lanes", 0)
        self.assertEqual(records, [] if lanes else expected.records(tls, mutual))
        self.assertEqual(on_card, expected.card_records(*combination) if lanes else [])
        return result


class Software(Combinations):
    """One test for each combination; see add_combinations."""

    def check(self, combination):
        result = self.run_combination("none", combination)
        for operation in result["operations"]:
            self.assertEqual((operation["where"], operation["cycles"], operation["reason"]),
                             ("software", 0, "provider not loaded"))


class Offload(Combinations):
    """What every handshake must be like on a card that serves all public-key operations."""

    def check_offloaded(self, result):
        lanes = result["provider_card"]["gcm_lanes"]
        for operation in result["operations"]:
            on_card = reason(operation, lanes) == ""
            self.assertEqual(operation["where"], "card" if on_card else "software", operation)
            self.assertEqual(operation["cycles"] > 0, on_card, operation)
            self.assertEqual(operation["reason"], reason(operation, lanes), operation)
        on_card = [o["cycles"] for o in result["operations"] if o["where"] == "card"]
        self.assertEqual(result["summary"], {
            "card_operations": len(on_card), "software_operations": len(result["operations"]) - len(on_card),
            "card_cycles": sum(on_card), "clock_hz": 250000000, "projected_seconds": sum(on_card) / 250000000})


@unittest.skipUnless(tools.DOUBLE_MODULE.exists(), "the provider is not built")
class Offloaded(Offload):
    """The same through the provider that ships, on the double of the driver, which answers as a card does."""

    def check(self, combination):
        self.check_offloaded(self.run_combination("sim", combination))


@unittest.skipUnless(tools.DOUBLE_MODULE.exists(), "the provider is not built")
class Laneless(Offload):
    """On a card without AES-GCM: its records are listed together, with the reason."""

    def test_both_versions(self):
        for tls in ("1.2", "1.3"):
            result = self.run_combination("sim", (tls, "ecdhe", "p256", "P-256", True), TLSCARD_FAKE="laneless")
            self.check_offloaded(result)
            self.assertEqual(result["provider_card"]["gcm_lanes"], 0)


def reason(operation, lanes):
    """Why an operation is where it is, with a card that serves all public-key operations."""
    if "AES" in operation["op"]:
        return "" if lanes else "no AES-GCM on card"
    return "public-operation" if re.fullmatch(r"RSA-\d+ public", operation["op"]) else ""


def add_combinations(case, name, wanted=lambda combination: True):
    for combination in filter(wanted, expected.combinations()):
        words = "_".join(str(part).replace(".", "").replace("-", "") for part in combination[:4] if part)
        setattr(case, f"test_{name}_{words}{'_mutual' if combination[4] else ''}",
                lambda self, chosen=combination: self.check(chosen))


add_combinations(Software, "none")
add_combinations(Offloaded, "double")


@unittest.skipUnless(tools.SIMULATION.exists(), "libtlscard-sim.so is not built")
class Simulated(Offload):
    """The command that ships on the simulated card: each size of key in each kind of handshake."""

    def check(self, combination):
        self.check_offloaded(self.run_combination("sim", combination, command=tools.SHIPPED))


add_combinations(Simulated, "sim",
                 lambda combination: combination[2].startswith("rsa") and combination[3] in (None, "X25519")
                 or combination[2].startswith("p") and combination[3][2:] == combination[2][1:])


@unittest.skipUnless(tools.DOUBLE_MODULE.exists(), "the provider is not built")
class Faults(unittest.TestCase):
    """A card that fails: the handshake completes in software, and the exit status tells."""

    def check(self, why, *words, **environment):
        status, result, _ = tools.run_json("handshake", "--card", "sim", *words, **environment)
        self.assertEqual((status, result["completed"], result["application_data"]), (1, True, True))
        private = [o for o in result["operations"] if o["op"].endswith("private")]
        self.assertTrue(private)
        for operation in private:
            self.assertEqual((operation["where"], operation["reason"]), ("software", why))
        self.assertIn("ran in software", result["failures"][0])
        return result

    def test_no_card(self):
        result = self.check("no-card", TLSCARD_FAKE="none")
        self.assertEqual(result["failures"][-1], "The provider says of its card: sim: no card there; start one.")

    def test_curves_without_a_card(self):
        status, result, _ = tools.run_json("handshake", "--card", "sim", "--key", "p256", "--group", "P-256",
                                           TLSCARD_FAKE="none")
        self.assertEqual((status, result["completed"]), (1, True))
        for operation in ("ECDH P-256 key generation", "ECDH P-256 derivation", "ECDSA P-256 sign", "ECDSA P-256 verify"):
            self.assertTrue([f for f in result["failures"] if operation in f and "no-card" in f], operation)

    def test_wrong_answers(self):
        self.check("wrong-answer", TLSCARD_FAKE="wrong")

    def test_no_answer(self):
        self.check("deadline", TLSCARD_FAKE="late", TLSCARD_DEADLINE_MS="100")

    def test_key_not_served(self):
        self.check("unsupported-key", "--key", "rsa4096", TLSCARD_FAKE="2048")

    def test_auto_is_content(self):
        status, result, _ = tools.run_json("handshake", "--card", "auto", TLSCARD_FAKE="none")
        self.assertEqual((status, result["failures"]), (0, []))
        self.assertIn("no-card", [operation["reason"] for operation in result["operations"]])

    def test_text(self):
        status, output, _ = tools.run("handshake", "--card", "sim", TLSCARD_FAKE="none")
        self.assertEqual(status, 1)
        self.assertIn("The handshake completed, but not as asked:\n  The server's RSA-2048 private", output)
        self.assertRegex(output, r"(?m)^    server  RSA-2048 private \(sign-pss-sha256\) +software: no card opened$")
        self.assertRegex(output, r"(?m)^software +13 operations: no card opened$")

    def test_every_reason_of_the_provider_has_words(self):
        names = re.findall(r'\[\w+\] = "([\w-]+)"', re.search(
            r"names\[REASON_COUNT\] = \{(.*?)\};", (tools.ROOT / "provider/record.c").read_text(), re.S)[1])
        words = dict(re.findall(r'\{"([\w-]+)", "([^"]+)"\}', (tools.ROOT / "tools/reason.c").read_text()))
        self.assertIn("deadline", names)
        of_doctor = {"not-asked", "not-offered"}  # what tlscard doctor alone says
        self.assertEqual(set(names) - {"card"}, set(words) - of_doctor)
        self.assertLessEqual(max(len(words[name]) for name in set(names) - {"card"}), 20)


class Output(unittest.TestCase):
    @unittest.skipUnless(tools.DOUBLE_MODULE.exists(), "the provider is not built")
    def test_text_of_the_card(self):
        status, output, _ = tools.run("handshake", "--card", "sim", "--mutual", "--key", "p384", "--group", "P-256")
        self.assertEqual(status, 0)
        self.assertLessEqual(max(map(len, output.splitlines())), 80)
        status, output, _ = tools.run("handshake", "--card", "sim", "--mutual")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"(?m)^    client  RSA-2048 private \(sign-pss-sha256\) +card +1,000 cycles$")
        self.assertRegex(output, r"(?m)^    client  AES-256-GCM seal 23 octets +card +1,000 cycles$")
        self.assertNotIn("AES-GCM on card", output)
        self.assertRegex(output, r"(?m)^card +sim, simulated, function 1\n"
                                 r" +30 operations, 30,000 cycles: 120\.0 us projected at 250 MHz$")
        self.assertLessEqual(max(map(len, output.splitlines())), 80)

    def test_text(self):
        status, output, _ = tools.run("handshake", "--card", "none", "--tls", "1.2", "--kx", "rsa")
        self.assertEqual(status, 0)
        shown = re.findall(r"^ ?(\d+)  (client -> server|server -> client)  (.*?)  +\d+ octets?$", output, re.M)
        self.assertEqual([(direction, message) for _, direction, message in shown],
                         expected.messages("1.2", "rsa", "rsa2048", None, False))
        self.assertIn("The pre-master secret, encrypted to the server's public key.", output)
        self.assertRegex(output, r"(?m)^  server, on reading 5, ClientKeyExchange:\n"
                                 r"    server  RSA-2048 private \(decrypt-tls\) +software: provider not loaded$")
        self.assertIn("demonstration keys", output)
        self.assertNotIn("\033", output)
        self.assertLessEqual(max(map(len, output.splitlines())), 80)

    def test_bytes(self):
        _, brief, _ = tools.run("handshake", "--card", "none")
        _, full, _ = tools.run("handshake", "--card", "none", "--bytes")
        self.assertRegex(brief, r"\.\.\. \d+ more")
        self.assertNotRegex(full, r"\.\.\. \d+ more")
        for line in re.findall(r"(?:    [0-9a-f]{2}(?: [0-9a-f]{2})*\n)+", full):
            self.assertTrue(line.strip())
        _, result, _ = tools.run_json("handshake", "--card", "none", "--bytes")
        for step in result["steps"]:
            self.assertEqual(len(bytes.fromhex(step["hex"])), step["octets"])
        self.assertEqual(bytes.fromhex(result["steps"][7]["hex"]), b"Hello from the client.")
        _, result, _ = tools.run_json("handshake", "--card", "none")
        self.assertFalse([step for step in result["steps"] if "hex" in step])

    def test_summary(self):
        _, result, _ = tools.run_json("handshake", "--card", "none")
        self.assertEqual(result["summary"], {
            "card_operations": 0, "software_operations": len(result["operations"]), "card_cycles": 0,
            "clock_hz": 250000000, "projected_seconds": 0.0})

    def test_purposes(self):
        for combination in expected.combinations():
            if combination[3] in (None, "X25519"):
                _, result, _ = tools.run_json("handshake", "--card", "none", *expected.words(*combination))
                for step in result["steps"]:
                    self.assertGreater(len(step["purpose"]), 20, step)
                    self.assertNotIn("Not part", step["purpose"], step)
                    self.assertLessEqual(len(step["purpose"]), 76, step)


class NoProvider(unittest.TestCase):
    def test_missing_module(self):
        status, output, errors = tools.run("handshake", "--card", "sim", "--provider-path", "/nonexistent")
        self.assertEqual((status, output), (1, ""))
        for part in ("tlscard.so", "/nonexistent", "--provider-path", "--card none"):
            self.assertIn(part, errors)

    def test_default_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = pathlib.Path(folder).resolve() / "bin/tlscard"
            alone.parent.mkdir()
            shutil.copy(tools.DOUBLE, alone)
            status, _, errors = tools.run("handshake", command=alone)
            self.assertEqual(status, 1)
            self.assertIn(f"no provider module tlscard.so in {alone.parent.parent}/lib/ossl-modules", errors)

    def test_no_module(self):
        folder = tools.BUILD / "tests/tools/broken"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tlscard.so").write_text("no module\n")
        status, _, errors = tools.run("handshake", "--provider-path", str(folder))
        self.assertEqual(status, 1)
        self.assertIn("could not be loaded", errors)


if __name__ == "__main__":
    tap.main()
