using Xunit;

namespace Hive.Objects.Tests;

public class ValidationTests
{
    [Fact]
    public void A_good_pod_has_nothing_to_complain_of() => Assert.Empty(Causes(TestData.Pod()));

    [Fact]
    public void A_good_deployment_has_nothing_to_complain_of() => Assert.Empty(Causes(TestData.Deployment()));

    [Fact]
    public void A_missing_name_is_required()
    {
        var map = new ConfigMap { Metadata = new ObjectMeta { Namespace = "default" } };
        var kind = KindCatalog.BuiltIn.Of(map);
        var status = kind.InvalidStatus("", kind.ValidateCreate(map));
        Assert.Equal("ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required", status.Message);
        Assert.Equal(("Invalid", 422, "FieldValueRequired"), (status.Reason, status.Code, status.Details!.Causes[0].Reason));
    }

    [Theory]
    [InlineData("Bad_Name", "metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")]
    [InlineData("a..b", "metadata.name: Invalid value: \"a..b\": a lowercase RFC 1123 subdomain")]
    [InlineData("-a", "metadata.name: Invalid value: \"-a\": a lowercase RFC 1123 subdomain")]
    public void Bad_names_are_explained(string name, string start)
    {
        var map = new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = name } };
        Assert.StartsWith(start, Text(map), StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_and_images_of_containers_are_checked()
    {
        var pod = TestData.Pod(spec => spec with
        {
            Containers = [new Container { Name = "Main", Ports = [new ContainerPort { Port = 99999 }] }],
        });
        Assert.Equal(
            ["spec.containers[0].image: Required value", "spec.containers[0].name: Invalid value: \"Main\"", "spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive"],
            Causes(pod).Select(c => $"{c.Field}: {c.Message}".Split(": a lowercase")[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Values_outside_their_set_name_the_set()
    {
        var pod = TestData.Pod(spec => spec with { RestartPolicy = "Sometimes" });
        Assert.Contains("spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"", Text(pod), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mount_needs_its_volume_and_a_volume_one_source()
    {
        var pod = TestData.Pod(spec => spec with
        {
            Containers = [new Container { Name = "a", Image = "i", VolumeMounts = [new VolumeMount { Name = "gone", MountPath = "/x" }] }],
            Volumes = [new Volume { Name = "two", EmptyDir = new EmptyDirVolumeSource(), HostPath = new HostPathVolumeSource { Path = "/" } }],
        });
        Assert.Equal(["spec.containers[0].volumeMounts[0].name: Not found: \"gone\"", "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
            Causes(pod).Select(c => $"{c.Field}: {c.Message}").Order(StringComparer.Ordinal).Select(t => t.Replace("spec.volumes[0].emptyDir", "spec.volumes[0].hostPath", StringComparison.Ordinal)));
    }

    [Fact]
    public void Requests_above_limits_are_refused()
    {
        var resources = new ResourceRequirements
        {
            Limits = OrdinalMap<Quantity>.Empty.With("cpu", Quantity.Parse("100m")),
            Requests = OrdinalMap<Quantity>.Empty.With("cpu", Quantity.Parse("1")),
        };
        var pod = TestData.Pod(spec => spec with { Containers = [new Container { Name = "a", Image = "i", Resources = resources }] });
        Assert.Equal("spec.containers[0].resources.requests: Invalid value: \"1\": must be less than or equal to cpu limit of 100m", Text(pod));
    }

    [Fact]
    public void A_deployment_with_negative_replicas_and_foreign_labels_names_both()
    {
        var deployment = TestData.Deployment();
        deployment = deployment with
        {
            Spec = deployment.Spec with { Replicas = -1, Template = deployment.Spec.Template with { Metadata = new ObjectMeta { Labels = StringMap.Of(("app", "other")) } } },
        };
        Assert.Equal("[spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"other\"}: `selector` does not match template `labels`]", Text(deployment));
    }

    [Fact]
    public void The_selector_of_a_deployment_cannot_change()
    {
        var kind = KindCatalog.BuiltIn.Of<Deployment>();
        var current = kind.PrepareForCreate(TestData.Deployment());
        var changed = TestData.Deployment();
        changed = changed with
        {
            Spec = changed.Spec with
            {
                Selector = new LabelSelector { MatchLabels = StringMap.Of(("app", "x")) },
                Template = changed.Spec.Template with { Metadata = new ObjectMeta { Labels = StringMap.Of(("app", "x")) } },
            },
        };
        var cause = Assert.Single(kind.ValidateUpdate(kind.PrepareForUpdate(changed, current), current));
        Assert.Equal(("spec.selector", "Invalid value: {\"matchLabels\":{\"app\":\"x\"}}: field is immutable"), (cause.Field, cause.Message));
    }

    [Fact]
    public void A_pod_may_change_its_image_and_little_else()
    {
        var kind = KindCatalog.BuiltIn.Of<Pod>();
        var current = kind.PrepareForCreate(TestData.Pod());
        var newImage = TestData.Pod(spec => spec with { Containers = [new Container { Name = "main", Image = "web:2" }] });
        Assert.Empty(kind.ValidateUpdate(kind.PrepareForUpdate(newImage, current), current));
        var newCommand = TestData.Pod(spec => spec with { Containers = [new Container { Name = "main", Image = "web:1", Command = ["x"] }] });
        var cause = Assert.Single(kind.ValidateUpdate(kind.PrepareForUpdate(newCommand, current), current));
        Assert.Equal("spec", cause.Field);
        Assert.StartsWith("Forbidden: pod updates may not change fields other than `spec.containers[*].image`", cause.Message, StringComparison.Ordinal);
        Assert.EndsWith("changed: spec.containers", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_immutable_config_map_keeps_its_data()
    {
        var kind = KindCatalog.BuiltIn.Of<ConfigMap>();
        var current = new ConfigMap { Metadata = new ObjectMeta { Name = "a", Namespace = "default" }, Immutable = true, Data = StringMap.Of(("k", "1")) };
        var cause = Assert.Single(kind.ValidateUpdate(current with { Data = StringMap.Of(("k", "2")) }, current));
        Assert.Equal("data: Forbidden: field is immutable when `immutable` is set", $"{cause.Field}: {cause.Message}");
    }

    [Fact]
    public void Data_beyond_a_mebibyte_is_too_long()
    {
        var map = new ConfigMap { Metadata = new ObjectMeta { Name = "big", Namespace = "default" }, Data = StringMap.Of(("k", new string('x', 1024 * 1024 + 1))) };
        Assert.Equal("[]: Too long: must have at most 1048576 bytes", Text(map));
    }

    [Fact]
    public void Service_ports_are_checked()
    {
        var service = new Service
        {
            Metadata = new ObjectMeta { Name = "1bad", Namespace = "default" },
            Spec = new ServiceSpec { Ports = [new ServicePort { Port = 0 }, new ServicePort { Name = "a", Port = 80, NodePort = 30000 }] },
        };
        Assert.Equal(["metadata.name", "spec.ports[0].name", "spec.ports[0].port", "spec.ports[0].targetPort", "spec.ports[1].nodePort"], Causes(service).Select(c => c.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Labels_are_checked_wherever_they_stand()
    {
        var pod = TestData.Pod() with { Metadata = new ObjectMeta { Name = "p", Namespace = "default", Labels = StringMap.Of(("a/b/c", "x"), ("ok", "not ok")) } };
        Assert.Equal(2, Causes(pod).Count);
        Assert.All(Causes(pod), cause => Assert.Equal("metadata.labels", cause.Field));
    }

    [Fact]
    public void A_request_that_is_only_answered_needs_no_name() => Assert.Empty(Causes(new SelfSubjectReview()));

    private static string Text(HiveObject item) => FieldErrors.Describe(Causes(item));

    private static IReadOnlyList<StatusCause> Causes(HiveObject item)
    {
        var kind = KindCatalog.BuiltIn.Of(item);
        return kind.ValidateCreate(kind.PrepareForCreate(item));
    }
}
