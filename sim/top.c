/* SPDX-License-Identifier: Apache-2.0 */
/* The real card, rtl/tlscard_top.v, as a model. */
#include "sim/model.h"

#include <errno.h>
#include <stdlib.h>

#include "tlscard_top_model.h"

static void top_eval(void *object)
{
    tlscard_top_model_eval(object);
}

static int top_stopped(const void *object)
{
    return tlscard_top_model_stopped(object);
}

static int top_trace(void *object, const char *path)
{
    return tlscard_top_model_trace(object, path);
}

static void top_dump(void *object, uint64_t picoseconds)
{
    tlscard_top_model_dump(object, picoseconds);
}

static void top_destroy(void *object)
{
    tlscard_top_model_destroy(object);
    free(object);
}

int model_create(struct model *model)
{
    struct tlscard_top_model *top = calloc(1, sizeof(*top));

    if (!top || tlscard_top_model_create(top) != 0) {
        free(top);
        return -ENOMEM;
    }
    *model = (struct model){
        .functions = SIM_FUNCTIONS, .vectors = SIM_VECTORS, .clock_hz = SIM_CLOCK_HZ, .object = top,
        .eval = top_eval, .stopped = top_stopped, .trace = top_trace, .dump = top_dump,
        .destroy = top_destroy,
    };
#define PORT(name) model->port.name = top->name;
    MODEL_EACH_PORT(PORT)
#undef PORT
    return 0;
}
