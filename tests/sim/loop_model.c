/* SPDX-License-Identifier: Apache-2.0 */
/* The small device of the tests, tests/sim/loop_top.v, as a model. */
#include <errno.h>
#include <stdlib.h>

#include "loop_top_model.h"
#include "sim/model.h"

static void loop_eval(void *object)
{
    loop_top_model_eval(object);
}

static int loop_stopped(const void *object)
{
    return loop_top_model_stopped(object);
}

static int loop_trace(void *object, const char *path)
{
    return loop_top_model_trace(object, path);
}

static void loop_dump(void *object, uint64_t picoseconds)
{
    loop_top_model_dump(object, picoseconds);
}

static void loop_destroy(void *object)
{
    loop_top_model_destroy(object);
    free(object);
}

int model_create(struct model *model)
{
    struct loop_top_model *top = calloc(1, sizeof(*top));

    if (!top || loop_top_model_create(top) != 0) {
        free(top);
        return -ENOMEM;
    }
    *model = (struct model){
        .functions = 4, .vectors = 16, .clock_hz = 250000000, .object = top, .eval = loop_eval,
        .stopped = loop_stopped, .trace = loop_trace, .dump = loop_dump, .destroy = loop_destroy,
    };
#define PORT(name) model->port.name = top->name;
    MODEL_EACH_PORT(PORT)
#undef PORT
    return 0;
}
