// The endpoint mapper service [MS-RPCE] 2.2.1.2, [C706] appendix O: tells clients on port 135 which port an interface has. Read-only:
// the map holds what this server registers itself. Made by BuiltinServices.
#pragma once

#include "dcerpc/server/endpoint_map.h"
#include "wire/epm/service.h"

#include <cstdint>
#include <vector>

namespace dcerpc {

// Status codes of the ept_* operations beyond Win32 codes ([C706] appendix E, [MS-RPCE] 2.2.1.2.4).
namespace ept_status {
inline constexpr std::uint32_t kOk = 0, kCantPerform = 0x000006D8, kInvalidEntry = 0x16C9A0CD, kNotRegistered = 0x16C9A0D6,
                               kNoMemory = 0x16C9A012;
}

class EndpointMapper final : public wire::epm::Service {
 public:
    using Outcome = base::Task<base::Result<void>>;

    // Before the server starts; read without locks afterwards.
    void set_map(std::vector<MapEntry> entries) { entries_ = std::move(entries); }

    Outcome ept_insert(Call& call, const wire::epm::EptInsert::In& in, wire::epm::EptInsert::Out& out) override;
    Outcome ept_delete(Call& call, const wire::epm::EptDelete::In& in, wire::epm::EptDelete::Out& out) override;
    Outcome ept_lookup(Call& call, const wire::epm::EptLookup::In& in, wire::epm::EptLookup::Out& out) override;
    Outcome ept_map(Call& call, const wire::epm::EptMap::In& in, wire::epm::EptMap::Out& out) override;
    Outcome ept_lookup_handle_free(Call& call, const wire::epm::EptLookupHandleFree::In& in,
                                   wire::epm::EptLookupHandleFree::Out& out) override;
    Outcome ept_inq_object(Call& call, const wire::epm::EptInqObject::In& in, wire::epm::EptInqObject::Out& out) override;
    Outcome ept_mgmt_delete(Call& call, const wire::epm::EptMgmtDelete::In& in, wire::epm::EptMgmtDelete::Out& out) override;

 private:
    using Rows = std::vector<const MapEntry*>;
    struct Page;

    // The next rows of a search: of `handle` when it is not NULL, else of what `first` gives. Rows always come with status 0;
    // kNotRegistered means that there are none ([MS-RPCE] 2.2.1.2.4, 2.2.1.2.5). Updates `handle`: a full page keeps it, even when nothing
    // is left, and the next call then ends the search; a short page ends it at once with NULL. Windows' clients and others rely on both:
    // some stop at a NULL handle and take another status as a failure, some ask for one row at a time until a reply has none.
    template <class First>
    Page next_page(Call& call, ndr::ContextHandle& handle, std::uint32_t max_rows, First first) const;

    std::vector<MapEntry> entries_;
};

}  // namespace dcerpc
