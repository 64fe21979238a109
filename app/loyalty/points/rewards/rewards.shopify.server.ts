/** Puts money on a customer's store credit account, which is made where there is none. */
export const GIVE_STORE_CREDIT = `#graphql
  mutation GiveRewardStoreCredit($id: ID!, $credit: StoreCreditAccountCreditInput!) {
    storeCreditAccountCredit(id: $id, creditInput: $credit) {
      storeCreditAccountTransaction {
        id
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;
