using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Which objects a list, a watch or a collective delete is about.</summary>
public sealed class Selection(LabelQuery labels, FieldQuery fields, string name)
{
    /// <summary>No object is left out.</summary>
    public bool IsEverything => labels.MatchesEverything && fields.MatchesEverything && name.Length == 0;

    /// <summary>The one name that can match, or null.</summary>
    public string? ExactName => name.Length > 0 ? name : fields.ExactName;

    public bool Matches(HiveObject value) =>
        (name.Length == 0 || value.Metadata.Name == name) && labels.Matches(value.Metadata.Labels) && fields.Matches(value);

    /// <param name="name">From the old watch form with a name in its path; empty otherwise.</param>
    public static Outcome<Selection> Read(KindDefinition kind, QueryParameters query, string name)
    {
        if (!LabelQuery.TryParse(query.Text("labelSelector"), out LabelQuery? labels, out string error)) return Refusals.BadRequest(error);
        if (!FieldQuery.TryParse(query.Text("fieldSelector"), kind, out FieldQuery? fields, out error)) return Refusals.BadRequest(error);
        return new Selection(labels, fields, name);
    }
}
