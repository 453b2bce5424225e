#include "dcerpc/auth/spnego_messages.h"

#include "base/limits.h"

#include <algorithm>
#include <array>

namespace dcerpc::spnego {

namespace {

constexpr std::array<std::uint8_t, 6> kSpnego = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x02};
constexpr std::array<std::uint8_t, 9> kKerberos = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02};
constexpr std::array<std::uint8_t, 9> kMsKerberos = {0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02};
constexpr std::array<std::uint8_t, 10> kNegoex = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1E};
constexpr std::array<std::uint8_t, 10> kNtlmssp = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A};

template <std::size_t N>
base::ByteView view(const std::array<std::uint8_t, N>& bytes) {
    return std::as_bytes(std::span(bytes));
}

base::Error malformed(std::string text) { return {base::Win32::invalid_data, std::move(text)}; }

// The one element inside an EXPLICIT tag.
base::Result<base::ByteView> inner(const der::Element& field, std::uint8_t tag) {
    const auto element = der::only(field.content, tag);
    if (!element) return malformed("SPNEGO field of unexpected type");
    return element->content;
}

base::Result<void> read_mech_types(const der::Element& field, NegTokenInit& init) {
    const auto list = der::only(field.content, der::kSequence);
    if (!list) return malformed("SPNEGO mechTypes is no list");
    init.mech_list = list->whole;
    der::Reader reader(list->content);
    while (!reader.empty()) {
        const auto mechanism = reader.next(der::kObjectId);
        if (!mechanism || mechanism->content.empty()) return malformed("SPNEGO mechTypes holds something else than OIDs");
        if (init.mechanisms.size() == base::limits::kMaxSpnegoMechanisms) return malformed("SPNEGO mechTypes too long");
        init.mechanisms.push_back(mechanism->content);
    }
    return {};
}

}  // namespace

namespace oid {
base::ByteView spnego() { return view(kSpnego); }
base::ByteView kerberos() { return view(kKerberos); }
base::ByteView ms_kerberos() { return view(kMsKerberos); }
base::ByteView negoex() { return view(kNegoex); }
base::ByteView ntlmssp() { return view(kNtlmssp); }
}  // namespace oid

bool same_oid(base::ByteView a, base::ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string oid_name(base::ByteView oid) {
    if (same_oid(oid, oid::ntlmssp())) return "NTLMSSP";
    if (same_oid(oid, oid::kerberos())) return "Kerberos";
    if (same_oid(oid, oid::ms_kerberos())) return "MS-Kerberos";
    if (same_oid(oid, oid::negoex())) return "NEGOEX";
    return base::to_hex(oid.first(std::min<std::size_t>(oid.size(), 32)));
}

base::Result<NegTokenInit> parse_init(base::ByteView token) {
    if (token.size() > base::limits::kMaxAuthTokenBytes) return malformed("SPNEGO token too long");
    const auto frame = der::only(token, der::kGssToken);
    if (!frame) return malformed("not a SPNEGO token");
    der::Reader framed(frame->content);
    const auto mechanism = framed.next(der::kObjectId);
    if (!mechanism || !same_oid(mechanism->content, oid::spnego())) return malformed("GSS token of another mechanism than SPNEGO");
    const auto choice = framed.next(der::context(0));
    if (!choice || !framed.empty()) return malformed("SPNEGO token is no NegTokenInit");
    const auto sequence = der::only(choice->content, der::kSequence);
    if (!sequence) return malformed("malformed NegTokenInit");

    NegTokenInit init;
    der::Reader fields(sequence->content);
    if (const auto field = fields.next(der::context(0))) {
        TRY_VOID(read_mech_types(*field, init));
    }
    if (init.mechanisms.empty()) return malformed("NegTokenInit without mechanisms");
    fields.next(der::context(1));                                                  // reqFlags: ignored ([MS-SPNG] 3.1.5.3)
    if (const auto field = fields.next(der::context(2))) {
        TRY(const base::ByteView value, inner(*field, der::kOctetString));
        init.mech_token = value;
    }
    // [3] is the MIC of RFC 4178 or the hints of NegTokenInit2, which are ignored; the MIC of NegTokenInit2 is [4].
    if (const auto field = fields.next(der::context(3))) {
        if (const auto mic = der::only(field->content, der::kOctetString)) init.mech_list_mic = mic->content;
    }
    if (const auto field = fields.next(der::context(4))) {
        TRY(const base::ByteView value, inner(*field, der::kOctetString));
        init.mech_list_mic = value;
    }
    while (!fields.empty()) {
        if (!fields.next()) return malformed("malformed NegTokenInit");
    }
    return init;
}

base::Result<NegTokenResp> parse_resp(base::ByteView token) {
    if (token.size() > base::limits::kMaxAuthTokenBytes) return malformed("SPNEGO token too long");
    const auto choice = der::only(token, der::context(1));
    if (!choice) return malformed("SPNEGO token is no NegTokenResp");
    const auto sequence = der::only(choice->content, der::kSequence);
    if (!sequence) return malformed("malformed NegTokenResp");

    NegTokenResp response;
    der::Reader fields(sequence->content);
    if (const auto field = fields.next(der::context(0))) {
        TRY(const base::ByteView value, inner(*field, der::kEnumerated));
        if (value.size() != 1 || std::to_integer<std::uint8_t>(value[0]) > 3) return malformed("negState of unknown value");
        response.state = static_cast<NegState>(value[0]);
    }
    if (const auto field = fields.next(der::context(1))) {
        TRY(const base::ByteView value, inner(*field, der::kObjectId));
        response.supported_mech = value;
    }
    if (const auto field = fields.next(der::context(2))) {
        TRY(const base::ByteView value, inner(*field, der::kOctetString));
        response.response_token = value;
    }
    if (const auto field = fields.next(der::context(3))) {
        TRY(const base::ByteView value, inner(*field, der::kOctetString));
        response.mech_list_mic = value;
    }
    while (!fields.empty()) {
        if (!fields.next()) return malformed("malformed NegTokenResp");
    }
    return response;
}

base::ByteBuffer encode_mech_list(const std::vector<base::ByteView>& mechanisms) {
    base::ByteBuffer oids;
    for (const base::ByteView mechanism : mechanisms) base::append(oids, der::encode(der::kObjectId, mechanism));
    return der::encode(der::kSequence, oids);
}

base::ByteBuffer encode_init(base::ByteView mech_list, std::optional<base::ByteView> mech_token) {
    base::ByteBuffer fields = der::encode(der::context(0), mech_list);
    if (mech_token) base::append(fields, der::encode(der::context(2), der::encode(der::kOctetString, *mech_token)));
    const base::ByteBuffer choice = der::encode(der::context(0), der::encode(der::kSequence, fields));
    const base::ByteBuffer mechanism = der::encode(der::kObjectId, oid::spnego());
    return der::encode(der::kGssToken, {base::ByteView(mechanism), base::ByteView(choice)});
}

base::ByteBuffer encode(const NegTokenResp& response) {
    base::ByteBuffer fields;
    const auto field = [&](std::uint8_t number, std::uint8_t tag, base::ByteView content) {
        base::append(fields, der::encode(der::context(number), der::encode(tag, content)));
    };
    if (response.state) {
        const auto state = static_cast<std::byte>(*response.state);
        field(0, der::kEnumerated, base::ByteView(&state, 1));
    }
    if (response.supported_mech) field(1, der::kObjectId, *response.supported_mech);
    if (response.response_token) field(2, der::kOctetString, *response.response_token);
    if (response.mech_list_mic) field(3, der::kOctetString, *response.mech_list_mic);
    return der::encode(der::context(1), der::encode(der::kSequence, fields));
}

}  // namespace dcerpc::spnego
