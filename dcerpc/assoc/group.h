// Association groups [MS-RPCE] 3.3.1.1.1, 3.3.1.5.7: the connections of one client process share context handles and per-service
// state. Owned by the server; associations create and join, server/connection leaves and runs down.
#pragma once

#include "base/guarded.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace base {
class UserBudget;
}

namespace dcerpc {

class HandleTable;
class GroupSlot;

// Immutable; what it points to is thread-safe.
struct AssociationGroup {
    std::uint32_t id = 0;                                                          // never 0, random
    std::string peer;                                                              // client address (TCP) or machine name (pipe)
    std::shared_ptr<HandleTable> handles;
    std::shared_ptr<GroupSlot> slot;
};
using GroupPtr = std::shared_ptr<const AssociationGroup>;

// Table of associations. Thread-safe. Each successful create or join needs one leave.
class GroupDirectory {
 public:
    GroupDirectory();
    // A new group with one connection. Ids are random so that a stranger behind the same address cannot guess them.
    [[nodiscard]] GroupPtr create(std::string_view peer);
    // One more connection in an existing group; null when the id is unknown or the group belongs to another peer.
    [[nodiscard]] GroupPtr join(std::uint32_t id, std::string_view peer);
    // True when that was the last connection: the group is gone, the caller runs its handles down.
    [[nodiscard]] bool leave(const GroupPtr& group);
    [[nodiscard]] std::size_t size() const;

 private:
    struct Row {
        GroupPtr group;
        std::size_t connections = 0;
    };
    using Map = std::unordered_map<std::uint32_t, Row>;
    const std::shared_ptr<base::UserBudget> users_;                                // counts each user's handles in all groups
    base::Guarded<Map> groups_;
};

}  // namespace dcerpc
