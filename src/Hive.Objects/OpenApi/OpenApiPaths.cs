using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>
/// The operations of the resources. Clients read from them which kind stands behind a path, and that the server checks fields itself: a PATCH with the query parameter
/// <c>fieldValidation</c> tells kubectl not to validate on its own.
/// </summary>
internal sealed class OpenApiPaths(OpenApiDialect dialect, OpenApiSchemas schemas)
{
    private static readonly string[] BodyTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
    private static readonly string[] PatchTypes = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];
    private static readonly (string Name, string Type)[] ListQuery =
    [
        ("allowWatchBookmarks", "boolean"), ("continue", "string"), ("fieldSelector", "string"), ("labelSelector", "string"), ("limit", "integer"), ("resourceVersion", "string"),
        ("resourceVersionMatch", "string"), ("sendInitialEvents", "boolean"), ("timeoutSeconds", "integer"), ("watch", "boolean"),
    ];
    private static readonly (string Name, string Type)[] WriteQuery = [("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")];
    private static readonly (string Name, string Type)[] DeleteQuery = [("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("orphanDependents", "boolean"), ("propagationPolicy", "string")];

    /// <summary>Adds the paths of one kind.</summary>
    internal void Add(JsonObject paths, KindDefinition kind)
    {
        var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        var collection = kind.Namespaced ? $"{root}/namespaces/{{namespace}}/{kind.Plural}" : $"{root}/{kind.Plural}";
        paths[collection] = Collection(kind, kind.Namespaced);
        if (!kind.Stored) return;
        if (kind.Namespaced) paths[$"{root}/{kind.Plural}"] = AcrossNamespaces(kind);
        var item = collection + "/{name}";
        paths[item] = Item(kind, kind.Schema, kind.ApiVersion, kind.Kind, kind.Verbs);
        foreach (var sub in kind.SubResources)
        {
            var (apiVersion, schema) = BodyOf(kind, sub);
            paths[$"{item}/{sub.Name}"] = Item(kind, schema, apiVersion, sub.Kind, sub.Verbs);
        }
    }

    private static (string ApiVersion, TypeSchema Schema) BodyOf(KindDefinition kind, SubResource sub)
    {
        var apiVersion = sub.Version.Length == 0 ? kind.ApiVersion : sub.Group.Length == 0 ? sub.Version : $"{sub.Group}/{sub.Version}";
        var type = sub.Kind switch
        {
            "Scale" => typeof(Scale),
            "Eviction" => typeof(Eviction),
            "TokenRequest" => typeof(TokenRequest),
            "Binding" => typeof(Binding),
            _ => kind.Schema.Type,
        };
        return (apiVersion, TypeSchema.Of(type));
    }

    private JsonObject Collection(KindDefinition kind, bool namespaced)
    {
        var path = new JsonObject();
        if (kind.Verbs.Contains("list")) path["get"] = Operation(kind.ApiVersion, kind.Kind, "list", kind.ListSchema, null, ListQuery);
        if (kind.Verbs.Contains("create")) path["post"] = Operation(kind.ApiVersion, kind.Kind, "post", kind.Schema, kind.Schema, WriteQuery);
        if (kind.Verbs.Contains("deletecollection")) path["delete"] = Operation(kind.ApiVersion, kind.Kind, "deletecollection", TypeSchema.Of(typeof(Status)), TypeSchema.Of(typeof(DeleteOptions)), DeleteQuery);
        if (namespaced) path["parameters"] = new JsonArray(PathParameter("namespace"));
        return path;
    }

    private JsonObject AcrossNamespaces(KindDefinition kind) => new() { ["get"] = Operation(kind.ApiVersion, kind.Kind, "list", kind.ListSchema, null, ListQuery) };

    private JsonObject Item(KindDefinition kind, TypeSchema body, string apiVersion, string bodyKind, IReadOnlyList<string> verbs)
    {
        var path = new JsonObject();
        if (verbs.Contains("get")) path["get"] = Operation(apiVersion, bodyKind, "get", body, null, []);
        if (verbs.Contains("update")) path["put"] = Operation(apiVersion, bodyKind, "put", body, body, WriteQuery);
        // "create" on the kind itself belongs to the collection.
        if (verbs.Contains("create") && !ReferenceEquals(verbs, kind.Verbs)) path["post"] = Operation(apiVersion, bodyKind, "post", body, body, WriteQuery);
        if (verbs.Contains("delete")) path["delete"] = Operation(apiVersion, bodyKind, "delete", TypeSchema.Of(typeof(Status)), TypeSchema.Of(typeof(DeleteOptions)), DeleteQuery);
        if (verbs.Contains("patch")) path["patch"] = Patch(apiVersion, bodyKind, body);
        path["parameters"] = kind.Namespaced ? new JsonArray(PathParameter("name"), PathParameter("namespace")) : new JsonArray(PathParameter("name"));
        return path;
    }

    private JsonObject Patch(string apiVersion, string kind, TypeSchema body)
    {
        (string, string)[] query = [.. WriteQuery, ("force", "boolean")];
        var operation = Operation(apiVersion, kind, "patch", body, null, query);
        var schema = new JsonObject { ["type"] = "object", ["description"] = "A patch in one of the accepted formats." };
        AddBody(operation, schema, PatchTypes);
        return operation;
    }

    private JsonObject Operation(string apiVersion, string kind, string action, TypeSchema answer, TypeSchema? body, IReadOnlyList<(string Name, string Type)> query)
    {
        var operation = new JsonObject { ["parameters"] = new JsonArray([.. query.Select(parameter => (JsonNode)QueryParameter(parameter.Name, parameter.Type))]) };
        if (body is not null) AddBody(operation, schemas.Reference(body), BodyTypes);
        if (dialect == OpenApiDialect.V2) operation["produces"] = OpenApiSchemas.Strings(BodyTypes);
        var ok = new JsonObject { ["description"] = "OK" };
        if (dialect == OpenApiDialect.V2) ok["schema"] = schemas.Reference(answer);
        else ok["content"] = Content(schemas.Reference(answer), BodyTypes);
        operation["responses"] = new JsonObject { ["200"] = ok };
        operation["x-kubernetes-action"] = action;
        operation["x-kubernetes-group-version-kind"] = OpenApiSchemas.GroupVersionKind(apiVersion, kind);
        return operation;
    }

    private void AddBody(JsonObject operation, JsonObject schema, string[] types)
    {
        if (dialect == OpenApiDialect.V3)
        {
            operation["requestBody"] = new JsonObject { ["content"] = Content(schema, types), ["required"] = true };
            return;
        }
        operation["consumes"] = OpenApiSchemas.Strings(types);
        ((JsonArray)operation["parameters"]!).Insert(0, new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = true, ["schema"] = schema });
    }

    private static JsonObject Content(JsonObject schema, string[] types)
    {
        var content = new JsonObject();
        foreach (var type in types) content[type] = new JsonObject { ["schema"] = schema.DeepClone() };
        return content;
    }

    private JsonObject QueryParameter(string name, string type) => Parameter(name, "query", type, false);

    private JsonObject PathParameter(string name) => Parameter(name, "path", "string", true);

    private JsonObject Parameter(string name, string place, string type, bool required)
    {
        var result = new JsonObject { ["name"] = name, ["in"] = place };
        if (required) result["required"] = true;
        if (dialect == OpenApiDialect.V2)
        {
            result["type"] = type;
            result["uniqueItems"] = true;
        }
        else
        {
            result["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true };
        }
        return result;
    }
}
