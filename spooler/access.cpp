#include "spooler/access.h"

#include "base/limits.h"

namespace spooler {
namespace {

namespace rights = base::access;

constexpr std::uint16_t kDaclControlBits = 0x1504;                 // SE_DACL_PRESENT, AUTO_INHERIT_REQ, AUTO_INHERITED, PROTECTED
constexpr std::uint16_t kSaclControlBits = 0x2A10;
constexpr std::size_t kAceHeaderBytes = 8;                         // [MS-DTYP] 2.4.4.1 and the mask
constexpr std::uint8_t kForJobs = base::ace_flags::kObjectInherit | base::ace_flags::kInheritOnly;

base::Ace allow(const base::Sid& sid, std::uint32_t mask, std::uint8_t flags = 0) {
    return base::Ace{base::AceType::allow, flags, mask, sid};
}

base::Result<std::uint32_t> open_access(const base::Token& token, const base::SecurityDescriptor& descriptor, std::uint32_t desired,
                                        const base::GenericMapping& mapping) {
    if ((desired & rights::kSynchronize) != 0) return base::Error(base::Win32::access_denied, "SYNCHRONIZE is not a right of this object");
    if (desired == 0) desired = rights::kGenericRead;
    return base::check_access(token, descriptor, desired, mapping);
}

// An inheritable ACE of the printer as a job's own; nothing when it carries no job right.
std::optional<base::Ace> inherited_ace(const base::Ace& ace, const base::Sid& owner) {
    if ((ace.flags & (base::ace_flags::kObjectInherit | base::ace_flags::kContainerInherit)) == 0) return std::nullopt;
    if (ace.sid == base::well_known::creator_group()) return std::nullopt;
    std::uint32_t mask = base::map_generic(ace.mask, kJobMapping);
    if ((mask & Access::administer) != 0) mask |= Access::job_all;
    mask &= Access::job_all;
    if (mask == 0) return std::nullopt;
    const base::Sid& sid = ace.sid == base::well_known::creator_owner() ? owner : ace.sid;
    return base::Ace{ace.type, base::ace_flags::kInherited, mask, sid};
}

}  // namespace

base::Result<std::uint32_t> open_server_access(const base::Token& token, const base::SecurityDescriptor& descriptor, std::uint32_t desired) {
    return open_access(token, descriptor, desired, kServerMapping);
}

base::Result<std::uint32_t> open_printer_access(const base::Token& token, const base::SecurityDescriptor& descriptor,
                                                std::uint32_t desired) {
    return open_access(token, descriptor, desired, kPrinterMapping);
}

base::Result<std::uint32_t> open_job_access(const base::Token& token, const base::SecurityDescriptor& descriptor, std::uint32_t desired) {
    const bool mapped = desired == kJobMapping.write || desired == kJobMapping.execute;
    if (mapped || (desired & (rights::kGenericWrite | rights::kGenericExecute)) != 0) {
        return base::Error(base::Win32::access_denied, "JOB_WRITE and JOB_EXECUTE are not granted remotely");
    }
    return open_access(token, descriptor, desired, kJobMapping);
}

bool allows(const base::Token& token, const base::SecurityDescriptor& descriptor, std::uint32_t mask, const base::GenericMapping& mapping) {
    return base::check_access(token, descriptor, mask, mapping).has_value();
}

SecurityPtr default_server_security() {
    base::SecurityDescriptor descriptor;
    descriptor.owner = base::well_known::local_system();
    descriptor.group = base::well_known::local_system();
    descriptor.dacl = base::Acl{allow(base::well_known::administrators(), Access::server_all),
                                allow(base::well_known::everyone(), kServerMapping.execute)};
    return std::make_shared<const base::SecurityDescriptor>(std::move(descriptor));
}

SecurityPtr default_printer_security(const std::optional<base::Sid>& added_by) {
    base::SecurityDescriptor descriptor;
    descriptor.owner = base::well_known::local_system();
    descriptor.group = base::well_known::local_system();
    base::Acl acl;
    for (const base::Sid& group : {base::well_known::administrators(), base::well_known::print_operators()}) {
        acl.push_back(allow(group, Access::printer_all));
        acl.push_back(allow(group, Access::job_all, kForJobs));
    }
    if (added_by) acl.push_back(allow(*added_by, Access::printer_all));
    acl.push_back(allow(base::well_known::everyone(), kPrinterMapping.execute));
    acl.push_back(allow(base::well_known::creator_owner(), Access::job_all, kForJobs));
    descriptor.dacl = std::move(acl);
    return std::make_shared<const base::SecurityDescriptor>(std::move(descriptor));
}

SecurityPtr closed_printer_security() {
    base::SecurityDescriptor descriptor;
    descriptor.owner = base::well_known::administrators();
    descriptor.group = base::well_known::administrators();
    descriptor.dacl = base::Acl{allow(base::well_known::administrators(), Access::printer_all),
                                allow(base::well_known::administrators(), Access::job_all, kForJobs)};
    return std::make_shared<const base::SecurityDescriptor>(std::move(descriptor));
}

SecurityPtr closed_job_security() {
    base::SecurityDescriptor descriptor;
    descriptor.owner = base::well_known::administrators();
    descriptor.group = base::well_known::administrators();
    descriptor.dacl = base::Acl{allow(base::well_known::administrators(), Access::job_all)};
    return std::make_shared<const base::SecurityDescriptor>(std::move(descriptor));
}

SecurityPtr job_security(const base::SecurityDescriptor& printer, const base::Sid& owner) {
    base::SecurityDescriptor descriptor;
    descriptor.owner = owner;
    descriptor.group = printer.group;
    const base::Acl always{allow(owner, Access::job_all), allow(base::well_known::administrators(), Access::job_all)};
    descriptor.dacl = always;
    base::Acl acl;
    std::size_t size = base::serialized_size(descriptor);
    if (printer.dacl) {
        for (const base::Ace& ace : *printer.dacl) {
            std::optional<base::Ace> own = inherited_ace(ace, owner);
            if (!own) continue;
            size += kAceHeaderBytes + own->sid.size();
            // The rest is left out, allowances and denials alike: nobody but the two below gets more for it.
            if (size > base::limits::kMaxSecurityDescriptorBytes || acl.size() + always.size() >= base::limits::kMaxAces) break;
            acl.push_back(std::move(*own));
        }
    }
    acl.insert(acl.end(), always.begin(), always.end());
    descriptor.dacl = std::move(acl);
    return std::make_shared<const base::SecurityDescriptor>(std::move(descriptor));
}

SecurityPtr merge_security(const base::SecurityDescriptor& old, const base::ParsedDescriptor& change) {
    auto merged = std::make_shared<base::SecurityDescriptor>(old);
    const auto take_control = [&](std::uint16_t bits) {
        merged->control = static_cast<std::uint16_t>((merged->control & ~bits) | (change.descriptor.control & bits));
    };
    if (change.descriptor.owner) merged->owner = change.descriptor.owner;
    if (change.descriptor.group) merged->group = change.descriptor.group;
    if (change.dacl_present) {
        merged->dacl = change.descriptor.dacl;
        take_control(kDaclControlBits);
    }
    if (change.sacl_present) {
        merged->sacl = change.descriptor.sacl;
        take_control(kSaclControlBits);
    }
    merged->control = static_cast<std::uint16_t>(merged->control & ~base::kSeDaclDefaulted);
    return merged;
}

base::Result<void> check_storable(const base::SecurityDescriptor& descriptor) {
    if (base::serialized_size(descriptor) <= base::limits::kMaxSecurityDescriptorBytes) return {};
    return base::Error(base::Win32::invalid_parameter, "security descriptor too long with the parts that stay");
}

std::uint32_t rights_to_set(const base::ParsedDescriptor& change) {
    std::uint32_t mask = 0;
    if (change.descriptor.owner || change.descriptor.group) mask |= rights::kWriteOwner;
    if (change.dacl_present) mask |= rights::kWriteDac;
    if (change.sacl_present) mask |= rights::kAccessSystemSecurity;
    return mask;
}

}  // namespace spooler
