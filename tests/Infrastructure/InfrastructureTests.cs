using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;

namespace Serverless.Infrastructure;

public class InfrastructureTests
{
    [Fact]
    public void Every_Bicep_file_is_free_of_syntax_errors_and_describes_itself() => Holds(SyntaxCheck.Problems(Template.Current));

    [Fact]
    public void Every_name_is_declared_and_used_and_every_module_gets_what_it_wants() => Holds(NamesCheck.Problems(Template.Current));

    [Theory]
    [InlineData("sandbox.bicepparam")]
    [InlineData("production.bicepparam")]
    public void A_parameter_file_gives_what_the_template_wants(string name) => Holds(SyntaxCheck.ParameterProblems(Template.Current, name));

    [Fact]
    public void Every_resource_agrees_with_the_published_schema_of_its_type()
    {
        Assert.SkipWhen(Repository.Schemas is null, "No schemas: put them into ../shared/bicep-types beside the repository, or name their folder in BICEP_TYPES.");
        Holds(new SchemaCheck(Repository.Schemas!).Problems(Template.Current));
    }

    internal static void Holds(IEnumerable<string> problems) => Assert.Equal([], problems);
}
