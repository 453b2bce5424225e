#include "server/winspool/levels/form_levels.h"

namespace server {
namespace {

std::uint32_t flags(const FormRow& form) { return static_cast<std::uint32_t>(form.kind); }
template <auto Member>
std::uint32_t length(const FormRow& form) {
    return static_cast<std::uint32_t>(form.*Member);
}
template <auto Member>
Text text(const FormRow& form) {
    return Text(form.*Member);
}
template <auto Member>
Text optional_text(const FormRow& form) {
    return Text::unless_empty(form.*Member);
}

constexpr Field<FormRow> kFormInfo1[] = {                          // [MS-RPRN] 2.2.2.5.1
    u32<&flags>("Flags"),
    str<&text<&FormRow::name>>("Name"),
    u32<&length<&FormRow::cx>>("cx"),
    u32<&length<&FormRow::cy>>("cy"),
    u32<&length<&FormRow::left>>("left"),
    u32<&length<&FormRow::top>>("top"),
    u32<&length<&FormRow::right>>("right"),
    u32<&length<&FormRow::bottom>>("bottom"),
};
constexpr Field<FormRow> kTail2[] = {                              // 2.2.2.5.2; the keyword is ANSI
    ansi_str<&text<&FormRow::keyword>>("Keyword"),
    u32<&FormRow::string_type>("StringType"),
    str<&optional_text<&FormRow::mui_dll>>("MuiDll"),
    u32<&FormRow::resource_id>("dwResourceId"),
    str<&optional_text<&FormRow::display_name>>("DisplayName"),
    u16<&FormRow::language_id>("wLangID"),
    u16_constant<FormRow, 0>("wUnused"),
};
constexpr auto kFormInfo2 = extend(kFormInfo1, kTail2);

}  // namespace

constinit const Level<FormRow> kFormLevels[2] = {{1, 32, kFormInfo1}, {2, 56, kFormInfo2.fields}};

}  // namespace server
