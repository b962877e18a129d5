use super::*;

const ROOT: &str = r#"{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;

fn harden_text(text: &str, options: &Options) -> Result<Hardened, Refusal> {
    harden(&Document::parse(text).unwrap(), options)
}

fn policy(statements: &[&str]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

#[test]
fn play() {
    let console = policy(&[
        ROOT,
        r#"{"Sid":"Allow access for Key Administrators","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"],"Resource":"*"}"#,
        r#"{"Sid":"Allow use of the key","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/validator"},"Action":["kms:DescribeKey","kms:GetPublicKey","kms:Sign","kms:Verify"],"Resource":"*"}"#,
        r#"{"Sid":"Allow attachment of persistent resources","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/validator"},"Action":["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}"#,
    ]);
    let hardened = harden_text(
        &console,
        &Options {
            unsafe_edits: true,
            ..Options::default()
        },
    )
    .unwrap();
    for edit in &hardened.edits {
        println!("{:?} {} {}", edit.needs, edit.rule, edit.action);
        for taken in &edit.taken {
            println!(
                "    {} {}",
                taken.what,
                taken.witness.as_ref().map_or(String::new(), |w| format!(
                    "{} {} {:?}",
                    w.asked.request.principal.text, w.asked.request.action, w.after.verdict
                ))
            );
        }
    }
    println!("{:#?}", hardened.left_out);
    println!("{}", hardened.text);
}
