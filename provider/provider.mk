# SPDX-License-Identifier: Apache-2.0
# The OpenSSL provider, and a configuration file that loads it from the build directory.

PROVIDER_SOURCES := $(sort $(wildcard provider/*.c))
PROVIDER_MODULE := $(BUILD)/lib/ossl-modules/tlscard.so
# nodelete: wait contexts of applications may hold a clean-up function of ours after an unloading.
PROVIDER_LDFLAGS := -shared -Wl,-z,defs -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro \
    -Wl,--version-script=provider/tlscard.map

PRODUCTS += $(PROVIDER_MODULE) $(BUILD)/openssl.cnf

$(PROVIDER_MODULE): $(call objects,$(PROVIDER_SOURCES)) $(BUILD)/lib/libtlscard.so provider/tlscard.map
	@mkdir -p $(@D)
	$(CC) $(PROVIDER_LDFLAGS) -Wl,-rpath,'$$ORIGIN/..' -o $@ $(call objects,$(PROVIDER_SOURCES)) \
	    -L$(BUILD)/lib -ltlscard -lcrypto

$(BUILD)/openssl.cnf: provider/openssl.cnf.in
	@mkdir -p $(@D)
	sed 's|@MODULE@|$(abspath $(PROVIDER_MODULE))|' $< > $@
