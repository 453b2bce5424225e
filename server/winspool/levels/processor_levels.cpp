#include "server/winspool/levels/processor_levels.h"

namespace server {
namespace {

Text name(const NameRow& row) { return Text(row.name); }
constexpr Field<NameRow> kNameInfo1[] = {str<&name>("Name")};

}  // namespace

constinit const Level<NameRow> kProcessorLevels[1] = {{1, 4, kNameInfo1}};
constinit const Level<NameRow> kDatatypeLevels[1] = {{1, 4, kNameInfo1}};

}  // namespace server
