using System.Globalization;

namespace Hive.Objects;

/// <summary>Deployments.</summary>
internal sealed class DeploymentKind : KindDefinition<Deployment>
{
    public DeploymentKind() : base("deployments")
    {
        ShortNames = ["deploy"];
        Categories = ["all"];
        TracksGeneration = true;
        SubResources = [SubResource.Scale, SubResource.Status("Deployment")];
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
    [
        Column("Name"), Column("Ready", description: "Ready pods of wanted pods."), Column("Up-to-date", description: "Pods made from the current template."),
        Column("Available", description: "Pods ready for the minimum time."), Column("Age"), Column("Containers", priority: 1), Column("Images", priority: 1), Column("Selector", priority: 1),
    ];

    protected override Deployment Default(Deployment item)
    {
        var spec = item.Spec;
        if (spec.Strategy.Type == DeploymentStrategyType.RollingUpdate && spec.Strategy.RollingUpdate is null)
        {
            spec = spec with { Strategy = spec.Strategy with { RollingUpdate = new RollingUpdateDeployment { MaxSurge = "25%", MaxUnavailable = "25%" } } };
        }
        return item with { Spec = spec with { Template = spec.Template with { Spec = PodDefaults.Apply(spec.Template.Spec) } } };
    }

    protected override void Validate(Deployment item, FieldErrors errors)
    {
        WorkloadValidation.Validate(item.Spec.Selector, item.Spec.Template, errors);
        if (item.Spec.ProgressDeadlineSeconds is { } deadline && deadline <= item.Spec.MinReadySeconds)
        {
            errors.Invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
        }
        var strategy = item.Spec.Strategy;
        if (strategy.Type == DeploymentStrategyType.Recreate && strategy.RollingUpdate is not null)
        {
            errors.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
        }
        if (strategy.RollingUpdate is not { } rolling) return;
        var unavailable = Amount(rolling.MaxUnavailable, "spec.strategy.rollingUpdate.maxUnavailable", atMostAll: true, errors);
        var surge = Amount(rolling.MaxSurge, "spec.strategy.rollingUpdate.maxSurge", atMostAll: false, errors);
        if (unavailable == 0 && surge == 0) errors.Invalid("spec.strategy.rollingUpdate.maxUnavailable", rolling.MaxUnavailable, "may not be 0 when `maxSurge` is 0");
    }

    protected override void ValidateChange(Deployment updated, Deployment current, FieldErrors errors) => WorkloadValidation.ImmutableSelector(updated.Spec.Selector, current.Spec.Selector, errors);

    protected override void Fill(TableCells cells, Deployment item, Time now)
    {
        var containers = item.Spec.Template.Spec.Containers;
        LabelQuery.TryCompile(item.Spec.Selector, out var selector);
        cells.Text(item.Metadata.Name)
            .Text(string.Create(CultureInfo.InvariantCulture, $"{item.Status.ReadyReplicas}/{item.Spec.Replicas ?? 1}"))
            .Number(item.Status.UpdatedReplicas)
            .Number(item.Status.AvailableReplicas)
            .Text(HumanTime.Since(item.Metadata.CreationTimestamp, now))
            .Text(string.Join(",", containers.Select(container => container.Name)))
            .Text(string.Join(",", containers.Select(container => container.Image)))
            .TextOr(selector?.ToString(), "<none>");
    }

    // The number, or the percentage; -1 when it is neither.
    private static int Amount(IntOrString? amount, string path, bool atMostAll, FieldErrors errors)
    {
        if (amount is not { } value) return 0;
        if (!value.TryScale(100, true, out var scaled))
        {
            errors.Invalid(path, value.Text, "must be an integer or percentage (e.g '5%%')");
            return -1;
        }
        if (scaled < 0) errors.Invalid(path, value, "must be greater than or equal to 0");
        if (atMostAll && value.IsText && scaled > 100) errors.Invalid(path, value.Text, "must not be greater than 100%");
        return scaled;
    }
}
