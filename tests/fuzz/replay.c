/* SPDX-License-Identifier: Apache-2.0 */
/* Run a fuzz target over its corpus, and over random changes of it, without a fuzzer.
 *
 * Usage: NAME_replay [DIRECTORY]
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INPUTS_MAX 4096u
#define INPUT_OCTETS_MAX 65536u
#define MUTATIONS 4000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct input {
    uint8_t *data;
    size_t size;
} inputs[INPUTS_MAX];
static unsigned count;

static void load(const char *directory, const char *name)
{
    static uint8_t buffer[INPUT_OCTETS_MAX];
    char path[4096];
    FILE *file;
    struct input *input = &inputs[count];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "rb");
    if (!file)
        return;
    input->size = fread(buffer, 1, sizeof(buffer), file);
    fclose(file);
    input->data = malloc(input->size + 1);
    if (!input->data)
        abort();
    memcpy(input->data, buffer, input->size);
    count++;
}

static void load_all(const char *directory)
{
    struct dirent **entries;
    int found = scandir(directory, &entries, NULL, alphasort);

    for (int i = 0; i < found; i++) {
        if (entries[i]->d_name[0] != '.' && count < INPUTS_MAX)
            load(directory, entries[i]->d_name);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

/* Some octets of one input changed, and the end of another after it. */
static void mutate(unsigned *seed)
{
    static uint8_t buffer[2 * INPUT_OCTETS_MAX];
    const struct input *first = &inputs[(unsigned)rand_r(seed) % count];
    const struct input *second = &inputs[(unsigned)rand_r(seed) % count];
    size_t size = first->size, from = second->size ? (unsigned)rand_r(seed) % second->size : 0;

    memcpy(buffer, first->data, first->size);
    if (rand_r(seed) % 2) {
        memcpy(buffer + size, second->data + from, second->size - from);
        size += second->size - from;
    }
    for (unsigned changes = size ? (unsigned)rand_r(seed) % 6 : 0; changes; changes--)
        buffer[(unsigned)rand_r(seed) % size] = (uint8_t)(rand_r(seed) >> 8);
    LLVMFuzzerTestOneInput(buffer, size);
}

int main(int argc, char **argv)
{
    const char *given = getenv("TLSCARD_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);

    printf("1..2\n# TLSCARD_TEST_SEED=%u\n", seed);
    fflush(stdout);
    load_all(argc > 1 ? argv[1] : CORPUS);
    for (unsigned i = 0; i < count; i++)
        LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size);
    printf("%s 1 - %u inputs of the corpus\n", count ? "ok" : "not ok", count);
    fflush(stdout);
    for (unsigned i = 0; count && i < MUTATIONS; i++)
        mutate(&seed);
    printf("%s 2 - %u random changes of them\n", count ? "ok" : "not ok", MUTATIONS);
    for (unsigned i = 0; i < count; i++)
        free(inputs[i].data);
    return count ? 0 : 1;
}
