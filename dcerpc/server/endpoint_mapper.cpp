#include "dcerpc/server/endpoint_mapper.h"

#include "base/limits.h"
#include "dcerpc/server/call.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace dcerpc {

using namespace wire::epm;

namespace {

// The rest of a search that did not fit into one answer.
class SearchHandle final : public HandleObject {
 public:
    explicit SearchHandle(std::vector<const MapEntry*> rows) : rows_(std::move(rows)) {}

    // Takes up to `count` rows from the front.
    std::vector<const MapEntry*> take(std::size_t count) {
        const std::size_t taken = std::min(count, rows_.size() - next_);
        const auto from = rows_.begin() + static_cast<std::ptrdiff_t>(next_);
        next_ += taken;
        return {from, from + static_cast<std::ptrdiff_t>(taken)};
    }
    [[nodiscard]] bool finished() const { return next_ == rows_.size(); }

    base::Task<void> rundown() override { co_return; }

 private:
    // The map outlives every association; the gate of the handle keeps two calls apart.
    std::vector<const MapEntry*> rows_;
    std::size_t next_ = 0;
};

base::Result<void> no_memory() { return fault_error(Fault::remote_no_memory); }

// A tower in the arena; null when the arena is full.
twr_t* place_tower(ndr::Arena& arena, const Tower& tower) {
    twr_t* placed = arena.alloc<twr_t>();
    const base::ByteBuffer octets = make_tower(tower);
    const ndr::Bytes copy = arena.copy(octets);
    if (placed == nullptr || !copy.present) return nullptr;
    placed->tower_length = copy.size;
    placed->tower_octet_string = copy;
    return placed;
}

}  // namespace

struct EndpointMapper::Page {
    std::uint32_t status = ept_status::kOk;
    Rows rows;
};

template <class First>
EndpointMapper::Page EndpointMapper::next_page(Call& call, ndr::ContextHandle& handle, std::uint32_t max_rows, First first) const {
    Page page;
    const ndr::ContextHandle given = std::exchange(handle, ndr::ContextHandle{});
    std::shared_ptr<SearchHandle> search;
    if (given.is_null()) {
        search = std::make_shared<SearchHandle>(first());
    } else {
        base::Result<std::shared_ptr<SearchHandle>> found = call.handle<SearchHandle>(given);
        if (!found) {
            page.status = ept_status::kInvalidEntry;
            return page;
        }
        search = std::move(*found);
    }
    if (search->finished()) page.status = ept_status::kNotRegistered;
    // Asking for no rows ends a search.
    if (max_rows == 0 && !given.is_null()) page.status = ept_status::kOk;
    page.rows = search->take(std::min<std::size_t>(max_rows, base::limits::kMaxMapperReply));
    const bool over = page.rows.size() < max_rows || max_rows == 0;
    if (over) {
        if (!given.is_null()) (void)call.close_handle(given);
    } else if (!given.is_null()) {
        handle = given;
    } else {
        // Without room for a handle the client gets the first page only.
        handle = call.open_handle(search).value_or(ndr::ContextHandle{});
    }
    return page;
}

EndpointMapper::Outcome EndpointMapper::ept_lookup(Call& call, const EptLookup::In& in, EptLookup::Out& out) {
    if (in.inquiry_type > static_cast<std::uint32_t>(Inquiry::by_both)) {
        out.status = ept_status::kInvalidEntry;
        co_return base::Result<void>();
    }
    LookupQuestion question;
    question.inquiry = static_cast<Inquiry>(in.inquiry_type);
    question.object = in.object != nullptr ? *in.object : base::Guid{};
    if (in.Ifid != nullptr) {
        question.interface.uuid = in.Ifid->Uuid;
        question.interface.major = in.Ifid->VersMajor;
        question.interface.minor = in.Ifid->VersMinor;
    }
    question.version = in.vers_option == 0 ? VersionRule::all : static_cast<VersionRule>(in.vers_option);
    const Page page = next_page(call, out.entry_handle, in.max_ents, [&] {
        Rows rows;
        for (const MapEntry& entry : entries_) {
            if (matches(entry, question)) rows.push_back(&entry);
        }
        return rows;
    });
    out.status = page.status;
    out.num_ents = static_cast<std::uint32_t>(page.rows.size());
    out.entries = call.arena().array<ept_entry_t>(out.num_ents);
    if (!out.entries.present) co_return no_memory();
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
        const MapEntry& row = *page.rows[i];
        ept_entry_t& entry = out.entries[i];
        entry.object = row.object;
        entry.tower = place_tower(call.arena(), tower_for(row, call.caller().local_address));
        if (entry.tower == nullptr) co_return no_memory();
        std::copy_n(row.annotation.begin(), std::min(row.annotation.size(), entry.annotation.size() - 1), entry.annotation.begin());
    }
    co_return base::Result<void>();
}

EndpointMapper::Outcome EndpointMapper::ept_map(Call& call, const EptMap::In& in, EptMap::Out& out) {
    const std::optional<Tower> wanted = in.map_tower != nullptr ? parse_tower(in.map_tower->tower_octet_string.view()) : std::nullopt;
    const base::Guid object = in.obj != nullptr ? *in.obj : base::Guid{};
    const Page page = next_page(call, out.entry_handle, in.max_towers, [&] {
        Rows rows;
        for (const MapEntry& entry : entries_) {
            if (wanted && matches(entry, *wanted, object)) rows.push_back(&entry);
        }
        return rows;
    });
    out.status = page.status;
    out.num_towers = static_cast<std::uint32_t>(page.rows.size());
    out.ITowers = call.arena().array<twr_t*>(out.num_towers);
    if (!out.ITowers.present) co_return no_memory();
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
        out.ITowers[i] = place_tower(call.arena(), tower_for(*page.rows[i], call.caller().local_address));
        if (out.ITowers[i] == nullptr) co_return no_memory();
    }
    co_return base::Result<void>();
}

EndpointMapper::Outcome EndpointMapper::ept_lookup_handle_free(Call& call, const EptLookupHandleFree::In& in,
                                                               EptLookupHandleFree::Out& out) {
    if (!in.entry_handle.is_null()) (void)call.close_handle(in.entry_handle);
    out.entry_handle = ndr::ContextHandle{};
    out.status = ept_status::kOk;
    co_return base::Result<void>();
}

// Nobody registers endpoints over the network [MS-RPCE] 2.2.1.2.6.
EndpointMapper::Outcome EndpointMapper::ept_insert(Call& /*call*/, const EptInsert::In& /*in*/, EptInsert::Out& out) {
    out.status = static_cast<std::uint32_t>(base::Win32::access_denied);
    co_return base::Result<void>();
}

EndpointMapper::Outcome EndpointMapper::ept_delete(Call& /*call*/, const EptDelete::In& /*in*/, EptDelete::Out& out) {
    out.status = static_cast<std::uint32_t>(base::Win32::access_denied);
    co_return base::Result<void>();
}

EndpointMapper::Outcome EndpointMapper::ept_inq_object(Call& /*call*/, const EptInqObject::In& /*in*/, EptInqObject::Out& out) {
    out.status = ept_status::kCantPerform;
    co_return base::Result<void>();
}

EndpointMapper::Outcome EndpointMapper::ept_mgmt_delete(Call& /*call*/, const EptMgmtDelete::In& /*in*/, EptMgmtDelete::Out& out) {
    out.status = ept_status::kCantPerform;
    co_return base::Result<void>();
}

}  // namespace dcerpc
