package api

import (
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
)

const (
	tagFeatures = "Features"
	tagUnits    = "Units"
	tagEvents   = "Events"
	tagRegistry = "Registry"
	tagLog      = "Log"
	tagFiles    = "Downloads"
	tagService  = "Service"
)

// documentConfig sets up the OpenAPI document. Huma's own pages are off: they
// load from other hosts, and its hooks would add $schema to GeoJSON.
func documentConfig() huma.Config {
	config := huma.DefaultConfig("Jieming 界名", apiVersion)
	config.CreateHooks, config.DocsPath, config.SchemasPath, config.OpenAPIPath = nil, "", "", ""
	config.AllowAdditionalPropertiesByDefault = true
	config.Info.Description = "The registry of a province's administrative divisions, boundary lines and place names: what they are on any day, and why they changed.\n\n" +
		"Two clocks: datetime is the day in law, recorded-as-of is when the public could know. An answer states both. " +
		"Coordinates are longitude, latitude in degrees of CGCS2000 (EPSG:4490), unshifted. RFC 7946 defines GeoJSON on WGS 84; " +
		"the two have practically the same ellipsoid, and their realisations drift apart with the plate, by a few centimetres a year since 2000, which no shift here corrects.\n\n" +
		"Unknown parameters are refused, so that a misspelt filter is not taken for none. Errors are problem details (RFC 9457)."
	config.Servers = []*huma.Server{{URL: "/", Description: "This service"}}
	config.Tags = []*huma.Tag{
		{Name: tagFeatures, Description: "OGC API Features: the data as GeoJSON"},
		{Name: tagUnits, Description: "Units, where they are and what became of them"},
		{Name: tagEvents, Description: "What happened, and on which paper"},
		{Name: tagRegistry, Description: "What is published, and what is not settled"},
		{Name: tagLog, Description: "Proofs that what was published was not changed since"},
		{Name: tagFiles, Description: "Layers and tables as files"},
		{Name: tagService, Description: "About this interface"},
	}
	return config
}

// describe documents the answer of an operation.
func describe[B any](s *server, op *huma.Operation, contentType string) {
	describeBody(op, contentType, s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[B](), true, ""))
}

func describeBody(op *huma.Operation, contentType string, body *huma.Schema) {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The answer. HEAD gives its headers alone.",
		Content:     map[string]*huma.MediaType{contentType: {Schema: body}},
		Headers:     map[string]*huma.Header{"Cache-Control": header("How long a cache may keep it", "public, max-age=60")},
	}}
	refer(op, registry.KindInvalid, registry.KindNotFound, kindLongURL, registry.KindInternal)
}

// refer documents problems that an operation can meet.
func refer(op *huma.Operation, kinds ...registry.Kind) {
	for _, kind := range kinds {
		op.Responses[strconv.Itoa(classes[kind].Status)] = &huma.Response{Ref: "#/components/responses/" + string(kind)}
	}
}

// describeMoment documents what answers about a moment have besides.
func describeMoment(op *huma.Operation, dated bool) {
	headers := op.Responses["200"].Headers
	headers["ETag"] = header("Names the answer, for If-None-Match", `"0yZAkmXQ2R8bq1dDJ9h3Vn5K"`)
	headers["Jieming-Recorded"] = header("The log entry up to which the answer knows", "812")
	headers["Jieming-Publication"] = header("The publication it rests on", "3")
	if dated {
		headers["Jieming-Datetime"] = header("The day it shows", "2020-06-30")
	}
	if _, geo := op.Responses["200"].Content[typeGeoJSON]; geo {
		headers["Content-Crs"] = header("The form of the coordinates", "<"+crs84+">")
	}
	op.Responses["304"] = &huma.Response{Description: "The client has the answer already (If-None-Match)."}
	refer(op, registry.KindUnavailable)
}

func header(description, example string) *huma.Header {
	return &huma.Header{Description: description, Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{example}}}
}

// problemResponses documents the problems that operations refer to.
func problemResponses(schemas huma.Registry) map[string]*huma.Response {
	responses := map[string]*huma.Response{}
	for _, kind := range []registry.Kind{registry.KindInvalid, registry.KindNotFound, kindLongURL, kindRange, registry.KindInternal, registry.KindUnavailable} {
		class := classes[kind]
		responses[string(kind)] = &huma.Response{
			Description: class.Title + ". " + class.Meaning,
			Content:     map[string]*huma.MediaType{typeProblem: {Schema: schemas.Schema(reflect.TypeFor[Problem](), true, "")}},
		}
	}
	responses[string(registry.KindUnavailable)].Headers = map[string]*huma.Header{
		"Retry-After": header("Try again after so many seconds", retryAfter)}
	return responses
}

// geometrySchema describes GeoJSON geometries once, as a component.
func geometrySchema(r huma.Registry) *huma.Schema {
	const name = "GeometryObject"
	r.Map()[name] = &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Required: []string{"type", "coordinates"},
		Description: "A geometry of RFC 7946: MultiPolygon for areas, MultiLineString for boundary lines, Point for places",
		Properties: map[string]*huma.Schema{
			"type": {Type: huma.TypeString, Enum: []any{"Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"},
				Description: "The kind of geometry", Examples: []any{"MultiPolygon"}},
			"coordinates": {Type: huma.TypeArray, Items: &huma.Schema{}, Description: "Positions of longitude, latitude, nested as the type asks",
				Examples: []any{[]any{[]any{[]any{[]float64{125.1, 43.8}, []float64{125.4, 43.8}, []float64{125.4, 44}, []float64{125.1, 43.8}}}}}},
		},
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// finishDocument adds the problems that operations refer to, and takes out the
// error body that huma documents for itself, with which no operation answers.
func finishDocument(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	doc.Components.Responses = problemResponses(doc.Components.Schemas)
}

func (s *server) serviceRoutes() {
	plain(s, operation("getIndex", "/api", tagService, "Index", "Leads to everything else; the same as /ogc."), s.landing)
	plain(s, operation("listProblems", "/problems", tagService, "The classes of problem", "Every type that a problem can have, with its meaning."), s.problems)
	plain(s, operation("getProblem", "/problems/{kind}", tagService, "A class of problem", "What a type means, at the address that the type is."), s.problem)
	s.documentRoute()
}

// documentRoute serves the OpenAPI document, this operation included.
func (s *server) documentRoute() {
	op := operation("getOpenAPI", "/api/openapi.json", tagService, "This document", "The description of the API in OpenAPI 3.1.")
	describeBody(&op, typeOpenAPI, &huma.Schema{Type: huma.TypeObject, Description: "An OpenAPI document"})
	handle(s, op, func(c *call, _ *noInput) error {
		c.w.Header().Set("Cache-Control", "public, max-age=300")
		return c.write(typeOpenAPI, s.api.OpenAPI())
	})
}
