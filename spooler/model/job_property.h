// Job Named Properties [MS-RPRN] 3.1.1: typed values that clients attach to a job; they live and die with it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooler {

// RPC_EPrintPropertyType [MS-RPRN] 2.2.1.14.3; the numbers are the wire's and are stored.
enum class JobPropertyType : std::uint8_t { string = 1, int32 = 2, int64 = 3, byte = 4, buffer = 5 };

// `data`: UTF-16LE without NUL for string, little-endian for numbers, the bytes for buffer.
struct JobProperty {
    std::string name;                                              // compares without case
    JobPropertyType type = JobPropertyType::buffer;
    base::ByteBuffer data;
    bool operator==(const JobProperty&) const = default;
};
using JobProperties = std::vector<JobProperty>;                    // in the order they were first set
using JobPropertiesPtr = std::shared_ptr<const JobProperties>;     // null: none

// Format of the data in the spool file [MS-RPRN] 2.2.1.14.4; what an XPS job shows unless its client says otherwise.
inline constexpr std::string_view kSpoolFileContents = "Spool File Contents";
inline constexpr std::string_view kSpoolFileContentsXps = "TYPE_XPS_MS";

[[nodiscard]] JobProperty text_property(std::string name, std::string_view utf8);
// Bytes that a property counts as: name and value.
[[nodiscard]] std::size_t size_of(const JobProperty& property);
[[nodiscard]] std::size_t size_of(const JobPropertiesPtr& properties);
[[nodiscard]] const JobProperty* find_property(const JobPropertiesPtr& properties, std::string_view name);
// invalid_parameter: no name, a name or a value beyond its limit, data that does not fit the type. invalid_flags: unknown type.
[[nodiscard]] base::Result<void> check_property(const JobProperty& property);
// `properties` with `property` set or replaced. not_enough_quota beyond limits::kMaxJobProperties or kMaxJobPropertiesBytes.
[[nodiscard]] base::Result<JobPropertiesPtr> with_property(const JobPropertiesPtr& properties, JobProperty property);
// not_found when there is none of this name. Null when none is left.
[[nodiscard]] base::Result<JobPropertiesPtr> without_property(const JobPropertiesPtr& properties, std::string_view name);

// For the database. Empty bytes: null. invalid_data for anything that encode does not make.
[[nodiscard]] base::ByteBuffer encode_properties(const JobProperties& properties);
[[nodiscard]] base::Result<JobPropertiesPtr> decode_properties(base::ByteView bytes);

// What the properties of all jobs hold together. Thread-safe.
class PropertyBudget {
 public:
    // False when `bytes` more would be beyond limits::kMaxAllJobPropertiesBytes.
    bool take(std::size_t bytes);
    void adopt(std::size_t bytes) { used_ += bytes; }              // loaded jobs
    void give_back(std::size_t bytes) { used_ -= bytes; }
    [[nodiscard]] std::size_t used() const { return used_.load(); }

 private:
    std::atomic<std::size_t> used_{0};
};

// One job's share of the budget; given back when the job goes.
class PropertyCharge {
 public:
    PropertyCharge() = default;
    PropertyCharge(std::shared_ptr<PropertyBudget> budget, std::size_t bytes) : budget_(std::move(budget)), bytes_(bytes) {}
    PropertyCharge(PropertyCharge&& other) noexcept : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
    PropertyCharge& operator=(PropertyCharge&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    PropertyCharge(const PropertyCharge&) = delete;
    PropertyCharge& operator=(const PropertyCharge&) = delete;
    ~PropertyCharge() {
        if (budget_) budget_->give_back(bytes_);
    }

 private:
    std::shared_ptr<PropertyBudget> budget_;
    std::size_t bytes_ = 0;
};

}  // namespace spooler
