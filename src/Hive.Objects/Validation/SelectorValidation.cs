namespace Hive.Objects;

/// <summary>The rules for label selectors.</summary>
internal static class SelectorValidation
{
    internal static void Validate(LabelSelector selector, string path, FieldErrors errors)
    {
        MetadataValidation.Labels(selector.MatchLabels, $"{path}.matchLabels", errors);
        for (var i = 0; i < selector.MatchExpressions.Count; i++)
        {
            var expression = selector.MatchExpressions[i];
            var field = PodValidation.Item($"{path}.matchExpressions", i);
            switch (expression.Operator)
            {
                case LabelSelectorOperator.In or LabelSelectorOperator.NotIn:
                    if (expression.Values.Count == 0) errors.Required($"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    break;
                case LabelSelectorOperator.Exists or LabelSelectorOperator.DoesNotExist:
                    if (expression.Values.Count > 0) errors.Forbidden($"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    break;
                case "":
                    break;
                default:
                    errors.Invalid($"{field}.operator", expression.Operator, "not a valid selector operator");
                    break;
            }
            if (expression.Key.Length > 0 && Names.QualifiedName(expression.Key) is { } bad) errors.Invalid($"{field}.key", expression.Key, bad);
        }
    }
}
