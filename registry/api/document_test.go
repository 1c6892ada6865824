package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
)

const goldenDocument = "testdata/openapi.golden.json"

func document(t testing.TB) []byte {
	t.Helper()
	w := ask(t, New(newFake(), testOptions()), "GET", "/api/openapi.json")
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, w.Body.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	return pretty.Bytes()
}

// A changed document is a changed interface: raise apiVersion with it.
func TestDocument_golden(t *testing.T) {
	got := document(t)
	if os.Getenv("BLESS") != "" {
		if err := os.WriteFile(goldenDocument, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenDocument)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s differs (-want +got); if it should, run with BLESS=1:\n%s", goldenDocument, diff)
	}
}

func TestDocument_listsEveryRoute(t *testing.T) {
	s := newServer(newFake(), testOptions())
	var routes, documented []string
	err := chi.Walk(s.mux, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes = append(routes, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range methodsOf(item) {
			if op != nil {
				documented = append(documented, method+" "+path)
			}
		}
	}
	slices.Sort(routes)
	slices.Sort(documented)
	if diff := cmp.Diff(routes, documented); diff != "" {
		t.Errorf("routes and document differ (-routes +document):\n%s", diff)
	}
}

func methodsOf(item *huma.PathItem) map[string]*huma.Operation {
	return map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "POST": item.Post, "DELETE": item.Delete,
		"OPTIONS": item.Options, "HEAD": item.Head, "PATCH": item.Patch, "TRACE": item.Trace}
}

// object is a decoded JSON object.
type object = map[string]any

// TestDocument_structure checks by the text of OpenAPI 3.1 what clients and
// readers rely on.
func TestDocument_structure(t *testing.T) {
	var doc object
	if err := json.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["openapi"] != "3.1.0" || doc["info"].(object)["version"] != apiVersion || doc["info"].(object)["title"] == "" {
		t.Errorf("openapi %v, info %v", doc["openapi"], doc["info"])
	}
	used := map[string]bool{}
	references(doc, used)
	schemas := doc["components"].(object)["schemas"].(object)
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if !used["#/components/schemas/"+name] {
			t.Errorf("component %s is used nowhere", name)
		}
		checkSchema(t, name, schemas[name].(object))
		delete(used, "#/components/schemas/"+name)
	}
	for name, r := range doc["components"].(object)["responses"].(object) {
		checkResponse(t, "components", "4xx", r.(object))
		delete(used, "#/components/responses/"+name)
	}
	if len(used) > 0 {
		t.Errorf("references lead nowhere: %v", used)
	}
	tags := map[string]bool{}
	for _, tag := range doc["tags"].([]any) {
		tags[tag.(object)["name"].(string)] = true
	}
	ids := map[string]bool{}
	for path, item := range doc["paths"].(object) {
		for method, op := range item.(object) {
			checkOperation(t, method+" "+path, path, op.(object), tags, ids)
		}
	}
}

func references(v any, into map[string]bool) {
	switch v := v.(type) {
	case object:
		if ref, ok := v["$ref"].(string); ok {
			into[ref] = true
		}
		for _, each := range v {
			references(each, into)
		}
	case []any:
		for _, each := range v {
			references(each, into)
		}
	}
}

// checkSchema wants words and an example at every property.
func checkSchema(t *testing.T, name string, schema object) {
	properties, _ := schema["properties"].(object)
	for property, p := range properties {
		p := p.(object)
		where := name + "." + property
		if s, _ := p["description"].(string); s == "" {
			t.Errorf("%s is not described", where)
		}
		items, _ := p["items"].(object)
		_, ref := p["$ref"]
		if _, inItems := items["$ref"]; p["examples"] == nil && items["examples"] == nil && !ref && !inItems {
			t.Errorf("%s has no example", where)
		}
	}
	for _, required := range asList(schema["required"]) {
		if properties[required.(string)] == nil {
			t.Errorf("%s requires %v, which it does not have", name, required)
		}
	}
}

func asList(v any) []any { list, _ := v.([]any); return list }

func checkOperation(t *testing.T, where, path string, op object, tags, ids map[string]bool) {
	id, _ := op["operationId"].(string)
	if id == "" || ids[id] {
		t.Errorf("%s: operationId %q is empty or taken", where, id)
	}
	ids[id] = true
	for _, member := range []string{"summary", "description"} {
		if s, _ := op[member].(string); s == "" {
			t.Errorf("%s has no %s", where, member)
		}
	}
	if list := asList(op["tags"]); len(list) != 1 || !tags[list[0].(string)] {
		t.Errorf("%s: tags %v", where, op["tags"])
	}
	inPath := map[string]bool{}
	for _, p := range asList(op["parameters"]) {
		checkParameter(t, where, p.(object), inPath)
	}
	for _, m := range regexp.MustCompile(`\{([^}]+)\}`).FindAllStringSubmatch(path, -1) {
		if !inPath[m[1]] {
			t.Errorf("%s: %s is in the path, but not among the parameters", where, m[1])
		}
		delete(inPath, m[1])
	}
	if len(inPath) > 0 {
		t.Errorf("%s: parameters %v are not in the path", where, inPath)
	}
	checkResponses(t, where, op["responses"].(object))
}

func checkParameter(t *testing.T, where string, p object, inPath map[string]bool) {
	name, in := p["name"].(string), p["in"].(string)
	if in == "path" {
		inPath[name] = true
		if p["required"] != true {
			t.Errorf("%s: %s is in the path and not required", where, name)
		}
	}
	schema, _ := p["schema"].(object)
	if s, _ := p["description"].(string); s == "" || schema["type"] == nil || schema["examples"] == nil {
		t.Errorf("%s: parameter %s lacks words, type or example", where, name)
	}
}

func checkResponses(t *testing.T, where string, responses object) {
	for status, r := range responses {
		if _, ref := r.(object)["$ref"]; ref != (status >= "400") {
			t.Errorf("%s: problems, and only they, are components: %s is %v", where, status, r)
		}
		if status < "300" {
			checkResponse(t, where, status, r.(object))
		}
	}
	if responses["200"] == nil || responses["400"] == nil || responses["500"] == nil {
		t.Errorf("%s: responses %v", where, slices.Sorted(maps.Keys(responses)))
	}
}

func checkResponse(t *testing.T, where, status string, r object) {
	if s, _ := r["description"].(string); s == "" {
		t.Errorf("%s: response %s is not described", where, status)
	}
	content, _ := r["content"].(object)
	if _, problem := content["application/problem+json"]; len(content) == 0 || problem && len(content) > 1 || problem != (status >= "400") {
		t.Errorf("%s: response %s has content %v", where, status, content)
	}
}

// exampleTarget is the address of an operation with the examples of its
// parameters, but for the token, of which only pages have real ones.
func exampleTarget(path string, op *huma.Operation, ids map[string]string) string {
	query := url.Values{}
	for _, p := range op.Parameters {
		value := fmt.Sprint(p.Schema.Examples[0])
		switch {
		case p.In == "path" && ids[path] != "":
			path = strings.Replace(path, "{"+p.Name+"}", ids[path], 1)
		case p.In == "path":
			path = strings.Replace(path, "{"+p.Name+"}", value, 1)
		case p.Name == "next":
		case p.Name == "bbox":
			query.Set("bbox", strings.Trim(strings.ReplaceAll(value, " ", ","), "[]"))
		default:
			query.Set(p.Name, value)
		}
	}
	return withQuery(path, query)
}

// fakeIDs are identifiers that the fake knows.
var fakeIDs = map[string]string{
	"/api/units/{id}": "4", "/api/units/{id}/history": "4", "/api/events/{id}": "9", "/api/log/proof/{id}": "9",
	"/ogc/collections/divisions/items/{id}": "4", "/ogc/collections/boundary-lines/items/{id}": "1",
	"/ogc/collections/places/items/{id}": "7", "/ogc/collections/unrefined-areas/items/{id}": "county-3-4-6",
}

func TestDocument_examplesWork(t *testing.T) {
	checkExamples(t, newServer(newFake(), testOptions()), fakeIDs)
}

// checkExamples sends the example of every operation, and the operation without
// its optional parameters, and holds the answers against their schemas.
func checkExamples(t *testing.T, s *server, ids map[string]string) {
	for path, item := range s.api.OpenAPI().Paths {
		target := exampleTarget(path, item.Get, ids)
		checkAnswer(t, s, item.Get, target)
		if bare, _, _ := strings.Cut(target, "?"); !slices.ContainsFunc(item.Get.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Required }) {
			checkAnswer(t, s, item.Get, bare)
		}
	}
}

func checkAnswer(t *testing.T, s *server, op *huma.Operation, target string) {
	t.Helper()
	w := ask(t, s, "GET", target)
	if w.Code != http.StatusOK {
		t.Errorf("%s: %d %s", target, w.Code, w.Body)
		return
	}
	content := op.Responses["200"].Content[w.Header().Get("Content-Type")]
	if content == nil {
		t.Errorf("%s: content type %q is not in the document", target, w.Header().Get("Content-Type"))
		return
	}
	if content.Schema.Format == "binary" || strings.HasPrefix(w.Header().Get("Content-Type"), "text/") {
		return // a file, or a note; see download_test.go and log_test.go
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Errorf("%s: %v", target, err)
		return
	}
	result := &huma.ValidateResult{}
	huma.Validate(s.api.OpenAPI().Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, result)
	for _, err := range result.Errors[:min(5, len(result.Errors))] {
		t.Errorf("%s does not fit its schema: %v", target, err)
	}
	unknownMembers(t, s, content.Schema, body, target)
}

// unknownMembers reports members of an answer that the document does not have.
func unknownMembers(t *testing.T, s *server, schema *huma.Schema, v any, where string) {
	if schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	switch v := v.(type) {
	case object:
		for name, value := range v {
			if p := schema.Properties[name]; p != nil {
				unknownMembers(t, s, p, value, where+" "+name)
			} else if len(schema.Properties) > 0 {
				t.Errorf("%s: member %s is not in the document", where, name)
			}
		}
	case []any:
		for _, each := range v {
			if schema.Items != nil {
				unknownMembers(t, s, schema.Items, each, where)
			}
		}
	}
}

func TestDocument_problemsFitTheirSchema(t *testing.T) {
	s := newServer(newFake(), testOptions())
	w := ask(t, s, "GET", "/api/where")
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	result := &huma.ValidateResult{}
	schema := s.api.OpenAPI().Components.Responses["invalid"].Content["application/problem+json"].Schema
	huma.Validate(s.api.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, result)
	if len(result.Errors) > 0 {
		t.Errorf("%s: %v", w.Body, result.Errors)
	}
	unknownMembers(t, s, schema, body, "problem")
}
