# SPDX-License-Identifier: Apache-2.0
# The userspace driver: libtlscard.so, and a sanitized archive of it for tests.

DRIVER_SOURCES := $(addprefix driver/,address.c arena.c device.c discovery.c ec.c filter.c folder.c gcm.c held_fd.c \
    identify.c key.c memory.c message.c open.c process.c queue.c request.c ring.c rsa.c sim.c status.c turn.c vfio_user.c \
    vfio_user_socket.c)
DRIVER_LIBRARY := $(BUILD)/lib/libtlscard.so
DRIVER_SANITIZED := $(BUILD)/san/libtlscard.a
DRIVER_LIBS := -lpci -ldl -pthread
PRODUCTS += $(DRIVER_LIBRARY)
LINTS += lint-driver

$(DRIVER_LIBRARY): $(call objects,$(DRIVER_SOURCES)) driver/libtlscard.map
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-soname,libtlscard.so -Wl,--version-script,driver/libtlscard.map -Wl,-z,defs -Wl,-z,now \
	    -Wl,-z,relro $(LDFLAGS) -o $@ $(call objects,$(DRIVER_SOURCES)) $(DRIVER_LIBS)

$(DRIVER_SANITIZED): $(call sanitized,$(DRIVER_SOURCES))
	rm -f $@
	ar rcs $@ $^

# Only what tlscard.h declares is exported; no OpenSSL; rings and operations know no transport.
.PHONY: lint-driver
lint-driver: $(DRIVER_LIBRARY)
	@nm -D --defined-only $(DRIVER_LIBRARY) | awk '$$2 == "T" { sub(/@.*/, "", $$3); print $$3 }' | sort >$(BUILD)/exported
	@sed -n 's/^TLSCARD_API .*[ *]\(tlscard_[a-z_]*\)(.*/\1/p' driver/tlscard.h | sort | diff - $(BUILD)/exported
	@! grep -n 'openssl' driver/*.c driver/*.h
	@! grep -n 'vfio_user\|sim_open' driver/ring.c driver/queue.c driver/request.c driver/rsa.c driver/ec.c driver/gcm.c driver/arena.c driver/key.c driver/memory.c \
	    driver/device.c driver/identify.c
