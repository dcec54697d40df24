/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the PCIe base specification that every request of the card must keep. */
#include "sim/card.h"

static bool contiguous(unsigned enable)
{
    return enable && !((enable + (enable & -enable)) & enable);
}

/* Section 2.2.5. */
static bool enables_valid(const struct tlp_request *request)
{
    if (request->words == 1)
        return request->last_enable == 0;
    if (!request->first_enable || !request->last_enable)
        return false;
    if (request->words == 2 && request->address % 8 == 0)
        return true;
    return contiguous(request->first_enable) && (request->first_enable & 8) && contiguous(request->last_enable) &&
           (request->last_enable & 1);
}

const char *rules_check(const struct card *card, const struct tlp *tlp, const struct tlp_request *request)
{
    const struct model_ports *port = &card->link.model.port;
    unsigned octets = request->words * 4u;

    if (request->requester >> 3 != *port->cfg_bus_device)
        return "requester ID is not the card's (section 2.2.6.2)";
    if ((request->requester & 7u) >= card->functions)
        return "request of a function that does not exist";
    if (request->address % 4096 + octets > 4096)
        return "request crosses a 4 KiB boundary (section 2.2.7)";
    if (request->long_address && request->address >> 32 == 0)
        return "long header for an address below 4 GiB (section 2.2.4.1)";
    if (!enables_valid(request))
        return "octet enables (section 2.2.5)";
    if (tlp_poisoned(tlp))
        return "poisoned request (section 2.7.2)";
    if (request->write && octets > 128u << *port->cfg_max_payload)
        return "payload longer than Max_Payload_Size (section 2.2.2)";
    if (!request->write && octets > 128u << *port->cfg_max_read)
        return "read longer than Max_Read_Request_Size (section 2.2.7)";
    if (!request->write && reads_outstanding(card, request->requester & 7, request->tag))
        return "tag is outstanding (section 2.2.6.2)";
    return NULL;
}
