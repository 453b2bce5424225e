#include "dcerpc/assoc/group.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "dcerpc/server/call.h"
#include "dcerpc/server/handle_table.h"

#include <array>

namespace dcerpc {
namespace {

std::uint32_t random_id() {
    std::array<std::byte, 4> octets{};
    base::random_bytes(octets);
    return base::ByteReader(octets).u32();
}

}  // namespace

GroupDirectory::GroupDirectory() : users_(std::make_shared<base::UserBudget>(base::limits::kMaxHandlesPerUser)) {}

GroupPtr GroupDirectory::create(std::string_view peer) {
    auto group = std::make_shared<AssociationGroup>();
    group->peer = peer;
    group->handles = std::make_shared<HandleTable>(users_);
    group->slot = std::make_shared<GroupSlot>();
    return groups_.with([&](Map& groups) -> GroupPtr {
        do {
            group->id = random_id();
        } while (group->id == 0 || groups.contains(group->id));
        groups.emplace(group->id, Row{group, 1});
        return group;
    });
}

GroupPtr GroupDirectory::join(std::uint32_t id, std::string_view peer) {
    return groups_.with([&](Map& groups) -> GroupPtr {
        const auto found = groups.find(id);
        if (found == groups.end() || found->second.group->peer != peer) return nullptr;
        ++found->second.connections;
        return found->second.group;
    });
}

bool GroupDirectory::leave(const GroupPtr& group) {
    return groups_.with([&](Map& groups) {
        const auto found = groups.find(group->id);
        if (found == groups.end() || --found->second.connections != 0) return false;
        groups.erase(found);
        return true;
    });
}

std::size_t GroupDirectory::size() const {
    return groups_.with([](const Map& groups) { return groups.size(); });
}

}  // namespace dcerpc
