/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the PCIe base specification that the card must keep in what it sends. */
#include "sim/rules.h"

#include <stddef.h>

static bool rules_contiguous(unsigned enable)
{
    return enable && !((enable + (enable & -enable)) & enable);
}

/* Section 2.2.5. */
static bool rules_enables_valid(const struct tlp_request *request)
{
    if (request->words == 1)
        return request->last_enable == 0;
    if (!request->first_enable || !request->last_enable)
        return false;
    if (request->words == 2 && request->address % 8 == 0)
        return true;
    return rules_contiguous(request->first_enable) && (request->first_enable & 8) &&
           rules_contiguous(request->last_enable) && (request->last_enable & 1);
}

/* The rule that a request breaks, or NULL. */
static const char *rules_check(const struct rules *rules, const struct tlp *tlp, const struct tlp_request *request)
{
    const struct model_ports *port = &rules->link->model.port;
    unsigned octets = request->words * 4u;

    if (request->requester >> 3 != *port->cfg_bus_device)
        return "requester ID is not the card's (section 2.2.6.2)";
    if ((request->requester & 7u) >= rules->functions)
        return "request of a function that does not exist";
    if (request->address % 4096 + octets > 4096)
        return "request crosses a 4 KiB boundary (section 2.2.7)";
    if (request->long_address && request->address >> 32 == 0)
        return "long header for an address below 4 GiB (section 2.2.4.1)";
    if (!rules_enables_valid(request))
        return "octet enables (section 2.2.5)";
    if (tlp_poisoned(tlp))
        return "poisoned request (section 2.7.2)";
    if (request->write && octets > 128u << *port->cfg_max_payload)
        return "payload longer than Max_Payload_Size (section 2.2.2)";
    if (!request->write && octets > 128u << *port->cfg_max_read)
        return "read longer than Max_Read_Request_Size (section 2.2.7)";
    if (!request->write && reads_outstanding(rules->reads, request->requester & 7, request->tag))
        return "tag is outstanding (section 2.2.6.2)";
    return NULL;
}

void rules_violated(struct rules *rules, const char *rule)
{
    if (!rules->violations++)
        rules->violation = rule;
}

int rules_origin(struct rules *rules, const struct tlp *tlp)
{
    enum tlp_kind kind = tlp_kind(tlp);
    struct tlp_request request = tlp_get_request(tlp);
    const char *rule = NULL;
    unsigned index;

    if (kind == TLP_UNKNOWN)
        rule = "a type of packet that a card does not send";
    else if (kind != TLP_COMPLETION)
        rule = rules_check(rules, tlp, &request);
    if (rule) {
        rules_violated(rules, rule);
        return -1;
    }
    index = kind == TLP_COMPLETION ? tlp_get_completion(tlp).tag & 7u : request.requester & 7u;
    return index < rules->functions ? (int)index : -1;
}
