// An HL7 v2 result message (ORU^R01) as a FHIR R4 message Bundle, by the table in ../integration.md.
//
// Plain ECMAScript 5 without any library, so that it runs in Mirth/NextGen Connect (a code template) as in Node.
// It guesses nothing: what a field does not say is left out, and a message of two patients is an error.
//
//   oruToBundle(text, { patientId: "the id on the FHIR server", zone: "+01:00" })
//
// patientId: the patient's id in the EHR, by which its orders name the patient; without it the first id in PID-3.
// zone: what a time without a zone means; without it such a time is cut to its day.

var V2_STATUS = {
  F: "final", U: "final", C: "corrected", P: "preliminary", R: "preliminary", S: "preliminary",
  I: "registered", O: "registered", D: "entered-in-error", W: "entered-in-error", X: "cancelled"
};
var V2_GENDER = { F: "female", M: "male", O: "other", A: "other", U: "unknown" };
var V2_SYSTEM = { LN: "http://loinc.org", SCT: "http://snomed.info/sct", UCUM: "http://unitsofmeasure.org" };
var COMPARATORS = { "<": "<", ">": ">", "<=": "<=", ">=": ">=" };

function oruToBundle(text, options) {
  var chosen = options || {};
  var message = v2Read(text);
  var header = message.of("MSH");
  if (!header.length || v2Text(header[0], 9, 1) !== "ORU") {
    throw new Error("not an ORU message");
  }
  var patients = message.of("PID");
  if (patients.length !== 1) {
    throw new Error("a message of one patient is needed, this one has " + patients.length);
  }
  var control = v2Text(header[0], 10, 1);
  var patient = toPatient(patients[0], chosen.patientId);
  var entries = [toHeader(header[0]), patient].concat(toObservations(message, control, patient.id, chosen.zone));
  return {
    resourceType: "Bundle",
    type: "message",
    identifier: { system: "urn:hl7-v2:message-control-id", value: control },
    entry: entries.map(function (resource) { return { resource: resource }; })
  };
}

function toHeader(segment) {
  return {
    resourceType: "MessageHeader",
    eventCoding: { system: "http://terminology.hl7.org/CodeSystem/v2-0003", code: "R01" },
    source: { name: v2Text(segment, 3, 1) || "unnamed", endpoint: "urn:hl7-v2:" + encodeURIComponent(v2Text(segment, 3, 1) || "unnamed") }
  };
}

function toPatient(segment, patientId) {
  var number = v2Text(segment, 3, 1), authority = v2Text(segment, 3, 4);
  var patient = { resourceType: "Patient", id: patientId || number.replace(/[^A-Za-z0-9.-]/g, "-").slice(0, 64) };
  if (!patient.id) {
    throw new Error("PID-3 is empty and no patientId was given");
  }
  if (number && authority) {
    patient.identifier = [{ system: "urn:hl7-v2:authority:" + encodeURIComponent(authority), value: number }];
  }
  var born = v2Date(v2Text(segment, 7, 1));
  if (born) { patient.birthDate = born.slice(0, 10); }
  var gender = V2_GENDER[v2Text(segment, 8, 1)];
  if (gender) { patient.gender = gender; }
  return patient;
}

function toObservations(message, control, patientId, zone) {
  var found = [], order = null, specimen = "";
  message.segments.forEach(function (segment) {
    if (segment.name === "OBR") { order = segment; specimen = ""; }
    if (segment.name === "SPM") {
      specimen = v2Text(segment, 4, 2) || v2Text(segment, 4, 1);
      // The specimen may stand behind the results of its order.
      found.forEach(function (each) { if (each.order === order) { addSpecimen(each.resource, specimen); } });
    }
    if (segment.name === "OBX") {
      var resource = toObservation(segment, order, control + "-" + (found.length + 1), patientId, zone);
      addSpecimen(resource, specimen);
      found.push({ order: order, resource: resource });
    }
    if (segment.name === "NTE" && found.length && found[found.length - 1].order === order) {
      var last = found[found.length - 1].resource, said = v2Text(segment, 3);
      if (said) { last.note = (last.note || []).concat([{ text: said }]); }
    }
  });
  return found.map(function (each) { return each.resource; });
}

function toObservation(segment, order, id, patientId, zone) {
  var resource = {
    resourceType: "Observation",
    id: ("obx-" + id).replace(/[^A-Za-z0-9.-]/g, "-").slice(0, 64),
    status: V2_STATUS[v2Text(segment, 11, 1)] || "unknown",
    category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }],
    code: toConcept(segment, 3),
    subject: { reference: "Patient/" + patientId }
  };
  var drawn = v2Date(v2Text(segment, 14, 1), zone) || (order ? v2Date(v2Text(order, 7, 1), zone) : "");
  if (drawn) { resource.effectiveDateTime = drawn; }
  var issued = order ? v2Date(v2Text(order, 22, 1), zone) : "";
  if (issued.length > 10) { resource.issued = issued; }
  addValue(resource, segment);
  var flag = v2Text(segment, 8, 1), range = v2Text(segment, 7);
  if (flag) {
    resource.interpretation = [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", code: flag }] }];
  }
  if (range) { resource.referenceRange = [{ text: range }]; }
  return resource;
}

function addSpecimen(resource, words) {
  if (words && !resource.specimen) { resource.specimen = { display: words }; }
}

function addValue(resource, segment) {
  var kind = v2Text(segment, 2, 1), said = v2Text(segment, 5), number = /^[+-]?\d{1,15}(\.\d{1,10})?$/;
  if (kind === "SN") {
    var sign = v2Text(segment, 5, 1), first = v2Text(segment, 5, 2);
    if (number.test(first) && !v2Text(segment, 5, 3) && (!sign || sign === "=" || COMPARATORS[sign])) {
      resource.valueQuantity = toQuantity(segment, first, COMPARATORS[sign]);
    } else if (said) {
      resource.valueString = said.split(segment.component).join("");
    }
    return;
  }
  var limited = kind === "NM" || kind === "ST" ? /^(<=|>=|<|>)?\s*(.*)$/.exec(said) : null;
  if (limited && number.test(limited[2])) {
    resource.valueQuantity = toQuantity(segment, limited[2], limited[1]);
  } else if ((kind === "CE" || kind === "CWE" || kind === "CNE") && said) {
    resource.valueCodeableConcept = toConcept(segment, 5);
  } else if (said) {
    resource.valueString = said;
  }
}

function toQuantity(segment, number, comparator) {
  var quantity = { value: Number(number) }, code = v2Text(segment, 6, 1), words = v2Text(segment, 6, 2);
  if (comparator) { quantity.comparator = comparator; }
  if (words || code) { quantity.unit = words || code; }
  if (code && v2Text(segment, 6, 3) === "UCUM") {
    quantity.system = V2_SYSTEM.UCUM;
    quantity.code = code;
  }
  return quantity;
}

function toConcept(segment, field) {
  var concept = { coding: [] };
  [1, 4].forEach(function (first) {
    var code = v2Text(segment, field, first), words = v2Text(segment, field, first + 1), system = v2Text(segment, field, first + 2);
    if (code) {
      var coding = { code: code };
      if (system) { coding.system = V2_SYSTEM[system] || "urn:hl7-v2:" + encodeURIComponent(system); }
      if (words) { coding.display = words; }
      concept.coding.push(coding);
    }
  });
  if (!concept.coding.length) { delete concept.coding; }
  var text = v2Text(segment, field, 9) || v2Text(segment, field, 2);
  if (text) { concept.text = text; }
  return concept;
}

// ---------------------------------------------------------------- HL7 v2 itself

function v2Read(text) {
  var lines = String(text).replace(/\r\n?/g, "\n").split("\n").filter(function (line) { return line.trim(); });
  if (!lines.length || lines[0].slice(0, 3) !== "MSH") {
    throw new Error("an HL7 v2 message begins with MSH");
  }
  var bar = lines[0].charAt(3), signs = lines[0].slice(4, 8);
  var segments = lines.map(function (line) {
    var fields = line.split(bar);
    // MSH-1 is the separator itself.
    if (fields[0] === "MSH") { fields.splice(1, 0, bar); }
    return { name: fields[0], fields: fields, bar: bar, component: signs.charAt(0), repeat: signs.charAt(1), escape: signs.charAt(2), sub: signs.charAt(3) };
  });
  return {
    segments: segments,
    of: function (name) { return segments.filter(function (segment) { return segment.name === name; }); }
  };
}

// A field, or one component of its first repetition, without blanks around it; "" where there is none.
function v2Text(segment, field, component) {
  var whole = segment.fields[field] || "";
  if (component) {
    whole = whole.split(segment.repeat)[0].split(segment.component)[component - 1] || "";
  }
  return v2Unescaped(segment, whole).trim();
}

function v2Unescaped(segment, text) {
  var signs = { F: segment.bar, S: segment.component, R: segment.repeat, E: segment.escape, T: segment.sub, ".br": "\n" };
  var parts = text.split(segment.escape), found = parts[0];
  for (var i = 1; i < parts.length; i += 1) {
    // Every other part stands between two escape signs.
    found += i % 2 === 0 ? parts[i] : parts[i] in signs ? signs[parts[i]] : "";
  }
  return found === '""' ? "" : found;
}

function v2Date(text, zone) {
  var parts = /^(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)(\d\d)?(?:\.\d+)?)?([+-]\d{4})?$/.exec(text || "");
  if (!parts) { return ""; }
  var day = [parts[1], parts[2], parts[3]].filter(Boolean).join("-");
  var offset = parts[7] ? parts[7].slice(0, 3) + ":" + parts[7].slice(3) : zone;
  return parts[4] && offset ? day + "T" + parts[4] + ":" + parts[5] + ":" + (parts[6] || "00") + offset : day;
}

if (typeof module !== "undefined") { module.exports = { oruToBundle: oruToBundle }; }
