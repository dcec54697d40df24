/* SPDX-License-Identifier: Apache-2.0 */
/* Measures the simulated AES-GCM lane alone: octets a second, cycles an octet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gcm_model.h"

enum { RECORD = 16384, BEAT = 16, HEADER = 4 };

static struct gcm_model model;

static void cycle(void)
{
    *model.clk = 0;
    gcm_model_eval(&model);
    *model.clk = 1;
    gcm_model_eval(&model);
}

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Usage: gcm_speed [records of 16 KiB [idle cycles]] */
int main(int argc, char **argv)
{
    unsigned records = argc > 1 ? (unsigned)atoi(argv[1]) : 500, beats = RECORD / BEAT + HEADER, done = 0;
    unsigned idle = argc > 2 ? (unsigned)atoi(argv[2]) : 1000000;
    unsigned long cycles = 0;
    if (gcm_model_create(&model))
        return 1;
    *model.rst = 1;
    cycle();
    *model.rst = 0;
    for (unsigned n = 0; n < 200; n++)
        cycle();
    *model.cmd_valid = *model.in_valid = *model.cmd_key_256 = *model.out_ready = *model.done_ready = 1;
    *model.cmd_aad = 13;
    *model.cmd_length = RECORD;
    double start = seconds();
    for (unsigned asked = 0, sent = 0, beat = 0; done < records; cycles++) {
        *model.in_last = beat == beats - 1;
        model.in_data[0] = beat * 0x9e3779b9;
        model.in_data[3] = beat;
        *model.clk = 0;
        gcm_model_eval(&model);
        done += *model.done_valid;
        int moved = *model.in_valid && *model.in_ready;
        asked += *model.cmd_valid && *model.cmd_ready;
        *model.clk = 1;
        gcm_model_eval(&model);
        *model.cmd_valid = asked < records;
        if (moved && ++beat == beats) {
            beat = 0;
            *model.in_valid = ++sent < records;
        }
    }
    double time = seconds() - start;
    printf("%u records of 16 KiB, AES-256: %.1f MB/s, %.1f ns a cycle, %.3f cycles a block\n", records,
           1e-6 * RECORD * records / time, 1e9 * time / (double)cycles, (double)cycles * BEAT / RECORD / records);
    start = seconds();
    *model.in_valid = *model.cmd_valid = 0;
    for (unsigned n = 0; n < idle; n++)
        cycle();
    printf("idle: %.1f ns a cycle\n", 1e9 * (seconds() - start) / idle);
    gcm_model_destroy(&model);
    return 0;
}
