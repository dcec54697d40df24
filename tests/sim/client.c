/* SPDX-License-Identifier: Apache-2.0 */
/* A vfio-user client for the tests. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/vfio.h>

#include "sim/tlscard_sim.h"
#include "tests/sim/client.h"

static unsigned threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;

    assert_non_null(tasks);
    while (readdir(tasks))
        count++;
    closedir(tasks);
    return count - 2; /* . and .. */
}

/* ThreadSanitizer has a thread of its own, from the first other one on. */
#ifdef __SANITIZE_THREAD__
#define OWN_THREADS 2u
#else
#define OWN_THREADS 1u
#endif

void card_wait_gone(void)
{
    for (unsigned tries = 0; threads() > OWN_THREADS && tries < 60000; tries++)
        usleep(1000);
    assert_in_range(threads(), 1, OWN_THREADS);
}

struct peer client_attach_raw(const char *options)
{
    struct peer client = {.fd = -1};

    if (options)
        card_wait_gone();
    assert_int_equal(tlscard_sim_attach(options, &client.fd), 0);
    assert_true(client.fd >= 0);
    return client;
}

void client_version(struct peer *client)
{
    static const char data[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576}}";
    char reply[256];

    assert_true(client_exchange(client, MESSAGE_VERSION, data, sizeof(data), reply, sizeof(reply)) > 4);
}

struct peer client_attach(const char *options)
{
    struct peer client = client_attach_raw(options);

    client_version(&client);
    return client;
}

struct peer client_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct peer client = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(client.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

bool client_closed(struct peer *client)
{
    struct pollfd event = {client->fd, POLLIN, 0};
    char octet;

    while (poll(&event, 1, 60000) == 1)
        if (recv(client->fd, &octet, 1, 0) <= 0)
            return true;
    return false;
}

void client_close(struct peer *client)
{
    if (client->fd < 0)
        return;
    shutdown(client->fd, SHUT_WR);
    assert_true(client_closed(client));
    close(client->fd);
    client->fd = -1;
}

void client_send_bytes(struct peer *client, const void *data, size_t size)
{
    assert_int_equal(send(client->fd, data, size, MSG_NOSIGNAL), size);
}

void client_send(struct peer *client, uint16_t command, uint32_t flags, const void *payload, size_t size,
                 const int *fds, unsigned fd_count)
{
    struct message_header header = {++client->id, command, (uint32_t)(sizeof(header) + size), flags, 0};
    union {
        char room[CMSG_SPACE(64 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec parts[2] = {{&header, sizeof(header)}, {(void *)(uintptr_t)payload, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (fd_count) {
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        control.align = (struct cmsghdr){CMSG_LEN(fd_count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.align), fds, fd_count * sizeof(int));
    }
    assert_int_equal(sendmsg(client->fd, &message, MSG_NOSIGNAL), sizeof(header) + size);
}

static void receive_all(struct peer *client, void *data, size_t size)
{
    struct pollfd event = {client->fd, POLLIN, 0};

    for (size_t got = 0; got < size;) {
        ssize_t now;

        assert_int_equal(poll(&event, 1, 60000), 1);
        now = recv(client->fd, (char *)data + got, size - got, 0);
        assert_true(now > 0);
        got += (size_t)now;
    }
}

/* A DMA message of the server's. */
static void serve_dma(struct peer *client, const struct message_header *header)
{
    struct message_header reply = {header->id, header->command, 0, MESSAGE_TYPE_REPLY, 0};
    struct memory_block *memory = client->memory;
    struct message_dma head;
    uint8_t data[4096];
    bool write = header->command == MESSAGE_DMA_WRITE;

    assert_non_null(memory);
    assert_true(write || header->command == MESSAGE_DMA_READ);
    receive_all(client, &head, sizeof(head));
    assert_true(head.count <= sizeof(data) && head.address >= IOVA &&
                head.address + head.count <= IOVA + memory->size);
    assert_int_equal(header->size, sizeof(*header) + sizeof(head) + (write ? head.count : 0));
    if (write)
        receive_all(client, memory->data + (head.address - IOVA), head.count);
    else
        memcpy(data, memory->data + (head.address - IOVA), head.count);
    client->dma_reads += !write;
    client->dma_writes += write;
    reply.size = (uint32_t)(sizeof(reply) + sizeof(head) + (write ? 0 : head.count));
    client_send_bytes(client, &reply, sizeof(reply));
    client_send_bytes(client, &head, sizeof(head));
    if (!write)
        client_send_bytes(client, data, head.count);
}

int client_receive(struct peer *client, uint16_t command, void *payload, size_t capacity)
{
    struct message_header header;
    size_t size;

    for (;;) {
        receive_all(client, &header, sizeof(header));
        if ((header.flags & MESSAGE_TYPE_MASK) == MESSAGE_TYPE_REPLY)
            break;
        serve_dma(client, &header);
    }
    assert_int_equal(header.id, client->id);
    assert_int_equal(header.command, command);
    assert_in_range(header.size, sizeof(header), sizeof(header) + capacity);
    size = header.size - sizeof(header);
    if (header.flags & MESSAGE_FLAG_ERROR) {
        assert_int_equal(size, 0);
        assert_int_not_equal(header.error, 0);
        return -(int)header.error;
    }
    assert_int_equal(header.error, 0);
    receive_all(client, payload, size);
    return (int)size;
}

int client_exchange(struct peer *client, uint16_t command, const void *payload, size_t size, void *reply,
                    size_t capacity)
{
    client_send(client, command, 0, payload, size, NULL, 0);
    return client_receive(client, command, reply, capacity);
}

int client_exchange_fds(struct peer *client, uint16_t command, const void *payload, size_t size, const int *fds,
                        unsigned fd_count)
{
    uint8_t reply[256];

    client_send(client, command, 0, payload, size, fds, fd_count);
    return client_receive(client, command, reply, sizeof(reply));
}

int client_read(struct peer *client, unsigned region, uint64_t offset, void *data, uint32_t size)
{
    struct message_region head = {offset, region, size}, *answer = malloc(sizeof(head) + size);
    int status = client_exchange(client, MESSAGE_REGION_READ, &head, sizeof(head), answer, sizeof(head) + size);

    if (status >= 0) {
        assert_int_equal(status, sizeof(head) + size);
        assert_memory_equal(answer, &head, sizeof(head));
        memcpy(data, answer + 1, size);
    }
    free(answer);
    return status < 0 ? status : 0;
}

int client_write(struct peer *client, unsigned region, uint64_t offset, const void *data, uint32_t size)
{
    struct message_region head = {offset, region, size}, answer, *message = malloc(sizeof(head) + size);
    int status;

    *message = head;
    memcpy(message + 1, data, size);
    status = client_exchange(client, MESSAGE_REGION_WRITE, message, sizeof(head) + size, &answer, sizeof(answer));
    free(message);
    if (status < 0)
        return status;
    assert_int_equal(status, sizeof(answer));
    assert_memory_equal(&answer, &head, sizeof(head));
    return 0;
}

uint32_t client_get(struct peer *client, unsigned region, uint64_t offset, unsigned size)
{
    uint32_t value = 0;

    assert_int_equal(client_read(client, region, offset, &value, size), 0);
    return value;
}

void client_put(struct peer *client, unsigned region, uint64_t offset, uint32_t value, unsigned size)
{
    assert_int_equal(client_write(client, region, offset, &value, size), 0);
}

int client_map(struct peer *client, uint64_t address, uint64_t size, uint64_t offset, uint32_t flags, int fd)
{
    struct message_dma_map map = {sizeof(map), flags, offset, address, size};

    return client_exchange_fds(client, MESSAGE_DMA_MAP, &map, sizeof(map), &fd, fd >= 0);
}

int client_unmap(struct peer *client, uint64_t address, uint64_t size)
{
    struct message_dma_unmap unmap = {sizeof(unmap), 0, address, size}, answer;
    int status = client_exchange(client, MESSAGE_DMA_UNMAP, &unmap, sizeof(unmap), &answer, sizeof(answer));

    if (status < 0)
        return status;
    assert_int_equal(status, sizeof(answer));
    assert_memory_equal(&answer, &unmap, sizeof(unmap));
    return 0;
}

int client_irqs(struct peer *client, uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
                const void *data, size_t data_size, const int *fds, unsigned fd_count)
{
    uint8_t payload[64];
    struct vfio_irq_set set = {.argsz = (uint32_t)(sizeof(set) + data_size), .flags = flags, .index = index,
                               .start = start, .count = count};

    memcpy(payload, &set, sizeof(set));
    if (data_size)
        memcpy(payload + sizeof(set), data, data_size);
    return client_exchange_fds(client, MESSAGE_DEVICE_SET_IRQS, payload, sizeof(set) + data_size, fds, fd_count);
}

struct memory_block memory_create(size_t size)
{
    struct memory_block memory = {.fd = memfd_create("test", MFD_CLOEXEC), .size = size};

    assert_true(memory.fd >= 0);
    assert_int_equal(ftruncate(memory.fd, (off_t)size), 0);
    memory.data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, 0);
    assert_ptr_not_equal(memory.data, MAP_FAILED);
    return memory;
}

void memory_free(struct memory_block *memory)
{
    munmap(memory->data, memory->size);
    close(memory->fd);
}

void loop_enable(struct peer *client)
{
    client_put(client, VFIO_PCI_CONFIG_REGION_INDEX, 4, 6, 2);
}

void loop_start(struct peer *client, unsigned command, uint64_t address, unsigned words, unsigned first_enable,
                unsigned last_enable, unsigned tag)
{
    uint32_t block[4] = {(uint32_t)address, (uint32_t)(address >> 32),
                         words | first_enable << 16 | last_enable << 20, command | tag << 8};

    assert_int_equal(client_write(client, 0, LOOP_ADDRESS, block, sizeof(block)), 0);
}

uint32_t loop_wait(struct peer *client)
{
    uint32_t status;

    for (unsigned tries = 0; tries < 100000; tries++) {
        status = client_get(client, 0, LOOP_STATUS, 4);
        if (status >> 24 == 0)
            return status;
    }
    fail_msg("the device still waits: %08x", status);
    return 0;
}

uint64_t event_wait(int fd)
{
    struct pollfd event = {fd, POLLIN, 0};
    uint64_t count = 0;

    if (poll(&event, 1, 20000) == 1)
        assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
    return count;
}

bool event_clear(int fd)
{
    struct pollfd event = {fd, POLLIN, 0};

    return poll(&event, 1, 0) == 0;
}
