#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Give a Verilated module a C interface: a struct of pointers to its ports, and five functions.

Usage: model.py NAME DIRECTORY
Reads DIRECTORY/VNAME.h and writes DIRECTORY/NAME_model.h (C) and DIRECTORY/NAME_model.cpp, the
only C++ that stands between C code and Verilator. Public signals inside the module (marked
`verilator public_flat_rd`) appear as further members, named by their path with __ for dots.
"""

import pathlib
import re
import sys

PORT = re.compile(r"^\s*VL_(?:IN|OUT)(8|16|64|W)?\(&?\(?&?(\w+)\)?,\s*(\d+),\s*(\d+)(?:,\s*(\d+))?\)", re.M)
PUBLIC = re.compile(r"^\s*(CData|SData|IData|QData|VlWide<(\d+)>)/\*[^*]*\*/\s*(\w+);", re.M)
ARRAY = re.compile(r"^\s*VlUnpacked<(CData|SData|IData|QData|VlWide<(\d+)>)/\*[^*]*\*/,\s*(\d+)>\s*(\w+);", re.M)
TYPES = {"8": "uint8_t", "16": "uint16_t", None: "uint32_t", "64": "uint64_t", "W": "uint32_t",
         "CData": "uint8_t", "SData": "uint16_t", "IData": "uint32_t", "QData": "uint64_t"}

HEADER = """\
/* SPDX-License-Identifier: Apache-2.0 */
/* C view of the Verilated module {name}. Made by sim/model.py. */
#ifndef {upper}_MODEL_H
#define {upper}_MODEL_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {{
#endif

/* Ports of up to 64 bits are one integer; wider ones are arrays of 32-bit words, lowest first. */
struct {name}_model {{
    void *context;
    void *module;
    void *trace;
    int broken; /* an exception left it half way */
{members}
}};

/* No C++ exception leaves any of these: one in the middle of the module's work ends it as $finish does. */

/* 0, or -1 without memory. Ports start as zero; nothing has been evaluated. */
int {name}_model_create(struct {name}_model *model);
/* Settle the module after its ports were changed. */
void {name}_model_eval(struct {name}_model *model);
/* 1 after the module executed $finish, $stop or a failed assertion, or met an exception. */
int {name}_model_stopped(const struct {name}_model *model);
/* Record the signals in an FST file: 0, or -1 where the model was built without tracing.
 * {name}_model_dump adds the present values at a time in picoseconds. */
int {name}_model_trace(struct {name}_model *model, const char *path);
void {name}_model_dump(struct {name}_model *model, uint64_t picoseconds);
void {name}_model_destroy(struct {name}_model *model);

#ifdef __cplusplus
}}
#endif
#endif
"""

SOURCE = """\
// SPDX-License-Identifier: Apache-2.0
// C view of the Verilated module {name}. Made by sim/model.py.
#include "{name}_model.h"

#include <mutex>
#include <new>

#include "V{name}.h"
#include "V{name}___024root.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

namespace {{
std::mutex construction;  // contexts share state while they are made and unmade
V{name} *of(const {name}_model *model) {{ return static_cast<V{name} *>(model->module); }}
VerilatedContext *context_of(const {name}_model *model) {{ return static_cast<VerilatedContext *>(model->context); }}

// What there is of it, a part at a time: what cannot be unmade properly is left.
void unmake({name}_model *model) {{
    try {{
        std::lock_guard<std::mutex> lock(construction);
#if VM_TRACE
        auto *trace = static_cast<VerilatedFstC *>(model->trace);
        model->trace = nullptr;
        if (trace) trace->close();
        delete trace;
#endif
        auto *module = of(model);
        model->module = nullptr;
        delete module;
        delete context_of(model);
    }} catch (...) {{
    }}
    *model = {name}_model();
}}
}}

extern "C" int {name}_model_create({name}_model *model) {{
    *model = {name}_model();
    try {{
        std::lock_guard<std::mutex> lock(construction);
        auto *context = new VerilatedContext;
        model->context = context;
        context->threads(1);  // by itself it starts one for each further processor
        context->randReset(0);
        context->traceEverOn(VM_TRACE);
        auto *module = new V{name}{{context, "{name}"}};
        model->module = module;
{assignments}
        return 0;
    }} catch (...) {{
        unmake(model);
        return -1;
    }}
}}

extern "C" void {name}_model_eval({name}_model *model) {{
    try {{
        of(model)->eval();
    }} catch (...) {{
        model->broken = 1;
    }}
}}

extern "C" int {name}_model_stopped(const {name}_model *model) {{
    try {{
        return model->broken || context_of(model)->gotFinish();
    }} catch (...) {{
        return 1;
    }}
}}

extern "C" int {name}_model_trace({name}_model *model, const char *path) {{
#if VM_TRACE
    try {{
        auto *trace = new VerilatedFstC;
        model->trace = trace;
        of(model)->trace(trace, 99);
        trace->open(path);
        return trace->isOpen() ? 0 : -1;
    }} catch (...) {{
        return -1;
    }}
#else
    (void)model;
    (void)path;
    return -1;
#endif
}}

extern "C" void {name}_model_dump({name}_model *model, uint64_t picoseconds) {{
#if VM_TRACE
    try {{
        if (model->trace) static_cast<VerilatedFstC *>(model->trace)->dump(picoseconds);
    }} catch (...) {{
        model->broken = 1;
    }}
#else
    (void)model;
    (void)picoseconds;
#endif
}}

extern "C" void {name}_model_destroy({name}_model *model) {{
    try {{
        std::lock_guard<std::mutex> lock(construction);
        if (model->module) of(model)->final();
    }} catch (...) {{  // it goes all the same
    }}
    unmake(model);
}}
"""


def ports(text):
    """Yield (member declaration, assignment) of each port in the class's header."""
    for kind, name, *_ in PORT.findall(text):
        yield (f"    {TYPES[kind or None]} *{name};",
               f"        model->{name} = reinterpret_cast<{TYPES[kind or None]} *>(&module->{name});")


def publics(text, module):
    """Yield the same of each public inner signal, from the root class's header."""
    for base, words, name in PUBLIC.findall(text):
        if name.startswith(module + "__DOT__"):
            member = name[len(module) + 7:].replace("__DOT__", "__")
            kind = "uint32_t" if words else TYPES[base]
            note = f" /* {words} words */" if words else ""
            yield (f"    {kind} *{member};{note}",
                   f"        model->{member} = reinterpret_cast<{kind} *>(&module->rootp->{name});")
    for base, words, depth, name in ARRAY.findall(text):
        if name.startswith(module + "__DOT__"):
            member = name[len(module) + 7:].replace("__DOT__", "__")
            kind = "uint32_t" if words else TYPES[base]
            note = f" /* {depth} entries" + (f" of {words} words */" if words else " */")
            yield (f"    {kind} *{member};{note}",
                   f"        model->{member} = reinterpret_cast<{kind} *>(&module->rootp->{name});")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    name, directory = arguments[0], pathlib.Path(arguments[1])
    found = list(ports((directory / f"V{name}.h").read_text()))
    if not found:
        print(f"model.py: no ports found in {directory}/V{name}.h", file=sys.stderr)
        return 1
    named = {field.split(";")[0] for field, _ in found}  # a port is a signal as well, where all of them are public
    found += [field for field in publics((directory / f"V{name}___024root.h").read_text(), name)
              if field[0].split(";")[0] not in named]
    fields = {"name": name, "upper": name.upper(), "members": "\n".join(f[0] for f in found),
              "assignments": "\n".join(f[1] for f in found)}
    (directory / f"{name}_model.h").write_text(HEADER.format(**fields))
    (directory / f"{name}_model.cpp").write_text(SOURCE.format(**fields))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
