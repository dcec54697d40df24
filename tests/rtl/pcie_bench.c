/* SPDX-License-Identifier: Apache-2.0 */
/* The bench of pcie_bench.h. */
#include "tests/rtl/pcie_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t bases[3] = {BENCH_LOW, BENCH_MIDDLE, BENCH_HIGH};

static struct link_ports ports_of(const struct pcie_model *model) {
    struct link_ports ports = {
        .rx_valid = model->rx_valid, .rx_ready = model->rx_ready, .rx_sop = model->rx_sop, .rx_eop = model->rx_eop,
        .rx_function = model->rx_function, .rx_bar = model->rx_bar, .rx_hdr = model->rx_hdr,
        .rx_data = model->rx_data, .tx_valid = model->tx_valid, .tx_ready = model->tx_ready,
        .tx_sop = model->tx_sop, .tx_eop = model->tx_eop, .tx_hdr = model->tx_hdr, .tx_data = model->tx_data,
    };
    return ports;
}

static uint64_t choose_seed(void) {
    const char *given = getenv("TLSCARD_TEST_SEED");
    return given ? strtoull(given, NULL, 0) : 20261122;
}

int bench_setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    struct link_ports ports;
    if (!bench || pcie_model_create(&bench->model))
        return -1;
    ports = ports_of(&bench->model);
    bench->seed = choose_seed();
    printf("# seed %llu\n", (unsigned long long)bench->seed);
    if (link_create(&bench->link, &ports, bench->seed))
        return -1;
    for (int i = 0; i < 3; i++) {
        bench->memory[i] = malloc(BENCH_REGION);
        bench->shadow[i] = malloc(BENCH_REGION);
        link_map(&bench->link, bases[i], bench->memory[i], BENCH_REGION);
    }
    bench->reads = calloc(BENCH_QUEUE, sizeof *bench->reads);
    bench->writes = calloc(BENCH_QUEUE, sizeof *bench->writes);
    bench->read_octets = malloc(65536 + 32);
    *state = bench;
    return 0;
}

int bench_teardown(void **state) {
    struct bench *bench = *state;
    link_destroy(&bench->link);
    pcie_model_destroy(&bench->model);
    for (int i = 0; i < 3; i++) {
        free(bench->memory[i]);
        free(bench->shadow[i]);
    }
    free(bench->reads);
    free(bench->writes);
    free(bench->read_octets);
    free(bench);
    return 0;
}

static void clock_cycle(struct bench *bench) {
    *bench->model.clk = 0;
    pcie_model_eval(&bench->model);
    *bench->model.clk = 1;
    pcie_model_eval(&bench->model);
}

void bench_forget(struct bench *bench) {
    bench->reads_queued = bench->reads_asked = bench->reads_done = 0;
    bench->writes_queued = bench->writes_asked = bench->writes_sent = bench->write_offset = 0;
    bench->event_count = bench->access_count = 0;
    bench->rd_moved = bench->wr_moved = bench->wr_data_moved = bench->reg_taken = 0;
}

void bench_reset(struct bench *bench) {
    struct pcie_model *model = &bench->model;
    struct link *link = &bench->link;
    bench_forget(bench);
    link_restart(link);
    *model->rst = 1;
    *model->rd_valid = *model->wr_valid = *model->wr_data_valid = *model->irq_valid = 0;
    clock_cycle(bench);
    clock_cycle(bench);
    *model->rst = 0;
    *model->cfg_bus_master = *model->cfg_msix_enable = (1 << BENCH_FUNCTIONS) - 1;
    *model->cfg_msix_mask = 0;
    *model->cfg_bus_device = 0x1234 & 0x1fff;
    link->bus_device = *model->cfg_bus_device;
    link->choose_fault = NULL;
    link->observe = NULL;
    link->garbage = 0;
    link->whole = 0;
    link->latency = 20;
    link->boundary = 64;
    bench_stall(bench, 0);
    for (int i = 0; i < 250; i++) /* the MSI-X table is cleared after a reset */
        bench_step(bench);
    for (int i = 0; i < 3; i++) {
        for (size_t j = 0; j < BENCH_REGION; j += 4) {
            uint32_t random = (uint32_t)link_random(link, 1ull << 32);
            memcpy(bench->memory[i] + j, &random, 4);
        }
        memcpy(bench->shadow[i], bench->memory[i], BENCH_REGION);
    }
}

void bench_stall(struct bench *bench, unsigned percent) {
    bench->rd_stall = bench->wr_stall = bench->wr_data_stall = bench->rd_data_stall = bench->reg_stall = percent;
    bench->link.rx_stall = bench->link.tx_stall = percent;
}

void bench_queue_read(struct bench *bench, unsigned function, uint64_t address, unsigned length) {
    if (bench->reads_queued == BENCH_QUEUE)
        abort();
    bench->reads[bench->reads_queued++] = (struct bench_read){.function = function, .address = address, .length = length};
}

static uint8_t *shadow_of(struct bench *bench, uint64_t address) {
    for (int i = 0; i < 3; i++)
        if (address - bases[i] < BENCH_REGION)
            return bench->shadow[i] + (address - bases[i]);
    return NULL;
}

/* The octets that a write carries: a function of its place in the queue. */
static void write_data(const struct bench *bench, unsigned index, unsigned offset, uint8_t *data, unsigned octets) {
    uint64_t x = (bench->seed + index) * 0x9e3779b97f4a7c15ull;
    for (unsigned i = 0; i < octets; i++)
        data[i] = (uint8_t)((x + (offset + i) * 0x2545f4914f6cdd1dull) >> 40 | 1); /* never 0 */
}

void bench_queue_write(struct bench *bench, unsigned function, uint64_t address, unsigned length) {
    uint8_t *shadow = shadow_of(bench, address);
    if (bench->writes_queued == BENCH_QUEUE)
        abort();
    if (length && shadow && *bench->model.cfg_bus_master >> function & 1)
        write_data(bench, bench->writes_queued, 0, shadow, length);
    bench->writes[bench->writes_queued++] = (struct bench_write){.function = function, .address = address, .length = length};
}

static int chance(struct bench *bench, unsigned percent) {
    return percent && link_random(&bench->link, 100) < percent;
}

static void drive_reads(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    *model->rd_data_ready = !chance(bench, bench->rd_data_stall);
    *model->rd_valid = *model->rd_valid && !bench->rd_moved;
    bench->rd_moved = 0;
    if (*model->rd_valid || bench->reads_asked == bench->reads_queued || chance(bench, bench->rd_stall))
        return;
    *model->rd_valid = 1;
    *model->rd_function = (uint8_t)bench->reads[bench->reads_asked].function;
    *model->rd_address = bench->reads[bench->reads_asked].address;
    *model->rd_length = bench->reads[bench->reads_asked].length;
}

static void judge_read(struct bench *bench) {
    struct bench_read *read = &bench->reads[bench->reads_done++];
    const uint8_t *memory = link_memory(&bench->link, read->address, read->length);
    unsigned octets = read->beats * 16;
    read->status = *bench->model.rd_data_status;
    read->same = memory && !memcmp(memory, bench->read_octets, read->length) && octets == (read->length + 15) / 16 * 16;
    read->zero = 1;
    while (memory && read->right < read->length && memory[read->right] == bench->read_octets[read->right])
        read->right++;
    for (unsigned i = 0; i < octets; i++)
        if (bench->read_octets[i]) {
            read->zero = 0;
            read->clear = i + 1;
            read->same = read->same && i < read->length;
        }
}

static void sample_reads(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    if (*model->rd_valid && *model->rd_ready) {
        bench->rd_moved = 1;
        bench->reads_asked++;
    }
    if (*model->rd_data_valid && *model->rd_data_ready) {
        struct bench_read *read = &bench->reads[bench->reads_done];
        if (bench->reads_done == bench->reads_asked || read->beats > 65536 / 16)
            abort();
        memcpy(bench->read_octets + 16 * read->beats++, model->rd_data, 16);
        if (*model->rd_data_last)
            judge_read(bench);
    }
}

/* Data may be offered from the cycle of the request's acceptance on; here from the cycle after. */
static void drive_writes(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    const struct bench_write *write = &bench->writes[bench->writes_asked];
    if (bench->wr_moved)
        *model->wr_valid = *model->irq_valid = 0;
    if (bench->wr_data_moved)
        *model->wr_data_valid = 0;
    bench->wr_moved = bench->wr_data_moved = 0;
    if (!*model->wr_valid && !*model->irq_valid && bench->writes_asked < bench->writes_queued &&
        !chance(bench, bench->wr_stall)) {
        *model->wr_valid = write->length != 0;
        *model->irq_valid = write->length == 0;
        *model->wr_function = *model->irq_function = (uint8_t)write->function;
        *model->wr_address = write->address;
        *model->irq_vector = (uint16_t)write->address;
        *model->wr_length = write->length;
    }
    while (bench->writes_sent < bench->writes_asked && bench->writes[bench->writes_sent].length == 0)
        bench->writes_sent++;
    if (*model->wr_data_valid || bench->writes_sent == bench->writes_asked || chance(bench, bench->wr_data_stall))
        return;
    *model->wr_data_valid = 1; /* octets after the last are not zero */
    write_data(bench, bench->writes_sent, bench->write_offset, (uint8_t *)model->wr_data, 16);
}

static void sample_writes(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    if ((*model->wr_valid && *model->wr_ready) || (*model->irq_valid && *model->irq_ready)) {
        bench->writes_asked++;
        bench->wr_moved = 1;
    }
    if (*model->wr_data_valid && *model->wr_data_ready) {
        bench->wr_data_moved = 1;
        bench->write_offset += 16;
        if (bench->write_offset >= bench->writes[bench->writes_sent].length) {
            bench->write_offset = 0;
            bench->writes_sent++;
        }
    }
}

static void drive_registers(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    *model->reg_ready = *model->reg_valid && !bench->reg_taken && !chance(bench, bench->reg_stall);
    *model->reg_rdata = 0xdeadbeef;
    bench->reg_taken = 0;
    if (*model->reg_ready && *model->reg_function < BENCH_FUNCTIONS)
        *model->reg_rdata = bench->registers[*model->reg_function][*model->reg_address / 4];
}

static void sample_registers(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    struct bench_access *access = &bench->accesses[bench->access_count % 4096];
    uint32_t *word = &bench->registers[*model->reg_function % BENCH_FUNCTIONS][*model->reg_address / 4];
    if (!*model->reg_ready)
        return;
    bench->reg_taken = 1;
    bench->access_count++;
    *access = (struct bench_access){.function = *model->reg_function, .address = *model->reg_address,
                                    .strobes = *model->reg_wstrb, .write = *model->reg_write,
                                    .value = *model->reg_wdata, .asked = bench->writes_asked};
    for (int i = 0; i < 4; i++)
        if (*model->reg_write && *model->reg_wstrb >> i & 1)
            ((uint8_t *)word)[i] = (uint8_t)(*model->reg_wdata >> 8 * i);
}

void bench_step(struct bench *bench) {
    const struct pcie_model *model = &bench->model;
    *model->cfg_max_payload = (uint8_t)(__builtin_ctz(bench->link.max_payload) - 7);
    *model->cfg_max_read = (uint8_t)(__builtin_ctz(bench->link.max_read) - 7);
    link_drive(&bench->link);
    drive_reads(bench);
    drive_writes(bench);
    drive_registers(bench);
    *model->clk = 0;
    pcie_model_eval(&bench->model);
    if (*model->event_valid && bench->event_count < 256)
        bench->events[bench->event_count++] = (struct bench_event){
            .function = *model->event_function, .code = *model->event_code, .address = *model->event_address};
    sample_registers(bench);
    sample_reads(bench);
    sample_writes(bench);
    link_sample(&bench->link);
    *model->clk = 1;
    pcie_model_eval(&bench->model);
    bench->cycle++;
}

static int settled(const struct bench *bench) {
    return bench->reads_done == bench->reads_queued && bench->writes_sent == bench->writes_queued &&
           bench->writes_asked == bench->writes_queued && !link_busy(&bench->link) &&
           *bench->model.pcie_idle;
}

int bench_run(struct bench *bench, uint64_t limit) {
    for (uint64_t end = bench->cycle + limit; bench->cycle < end;) {
        bench_step(bench);
        if (settled(bench))
            return 1;
    }
    return 0;
}

int bench_memory_intact(struct bench *bench) {
    for (int i = 0; i < 3; i++)
        if (memcmp(bench->memory[i], bench->shadow[i], BENCH_REGION))
            return 0;
    return 1;
}

int bench_buffer_zero(struct bench *bench) {
    const uint32_t *banks[4] = {
        bench->model.read__reorder__banks__BRA__0__KET____buffer__memory,
        bench->model.read__reorder__banks__BRA__1__KET____buffer__memory,
        bench->model.read__reorder__banks__BRA__2__KET____buffer__memory,
        bench->model.read__reorder__banks__BRA__3__KET____buffer__memory,
    };
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 32 * 32; j++)
            if (banks[i][j])
                return 0;
    return 1;
}
